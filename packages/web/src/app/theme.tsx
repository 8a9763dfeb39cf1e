/** Mantine on the page's own tokens: one accent, the system's font, small controls. */
import { createTheme, MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { useScheme } from "./preferences.ts";

const theme = createTheme({
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: "11px", sm: "12px", md: "13px", lg: "15px", xl: "20px" },
  // Surfaces and lines of the dark theme are those of `tokens.css`.
  colors: {
    dark: [
      "#e8ebf0",
      "#b3bac6",
      "#8f98a8",
      "#5b6472",
      "#2c333f",
      "#1c212a",
      "#151920",
      "#151920",
      "#0e1116",
      "#0a0c10",
    ],
  },
  primaryColor: "blue",
  primaryShade: { light: 8, dark: 7 },
  defaultRadius: 6,
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "xs" } },
    Menu: { defaultProps: { transitionProps: { duration: 80 } } },
    Popover: { defaultProps: { transitionProps: { duration: 80 } } },
    TextInput: { defaultProps: { size: "xs" } },
    Select: { defaultProps: { size: "xs" } },
  },
});

export function ThemeProvider({ children }: { readonly children: ReactNode }) {
  const scheme = useScheme();
  return (
    <MantineProvider theme={theme} forceColorScheme={scheme}>
      {children}
    </MantineProvider>
  );
}
