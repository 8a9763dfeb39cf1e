/** The page's entry: styles, providers, the live connection, the router. */
import "./app/styles.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { live } from "./api/live.ts";
import { queryClient } from "./api/queries.ts";
import { startPrinting } from "./app/printing.ts";
import { router } from "./app/router.tsx";
import { SettledProvider } from "./app/settled.tsx";
import { ThemeProvider } from "./app/theme.tsx";
import { openOverview } from "./pages/overview/opening.ts";
import { readTimeSearch } from "./time/time-range.ts";

live.start();
startPrinting();

void openPage();

async function openPage(): Promise<void> {
  const { pathname, search } = router.latestLocation;
  const overview = pathname === "/" ? openOverview(readTimeSearch(search)) : undefined;
  // Other pages are parts that are still to be loaded: their frame is shown meanwhile.
  if (overview !== undefined) await Promise.all([overview.ready, router.load()]);
  const page = (
    <StrictMode>
      <ThemeProvider>
        <QueryClientProvider client={queryClient}>
          <SettledProvider when={overview?.settled ?? Promise.resolve()}>
            <RouterProvider router={router} />
          </SettledProvider>
        </QueryClientProvider>
      </ThemeProvider>
    </StrictMode>
  );
  // In one go with the effects, which draw the charts: the first frame that is shown has them.
  flushSync(() => createRoot(document.getElementById("root")!).render(page));
}
