/** The page's entry: styles, providers, the live connection, the router. */
import "./app/styles.ts";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { live } from "./api/live.ts";
import { queryClient } from "./api/queries.ts";
import { startPrinting } from "./app/printing.ts";
import { router } from "./app/router.tsx";
import { ThemeProvider } from "./app/theme.tsx";

live.start();
startPrinting();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ThemeProvider>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ThemeProvider>
  </StrictMode>,
);
