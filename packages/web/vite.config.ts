/** The build of the page: hashed assets under `assets/`, no inline script (the content security policy forbids it). */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { icons } from "./icons.ts";

/** Where `npm run dev -w packages/web` finds the API. */
const api = process.env.DMON_URL ?? "http://127.0.0.1:3666";

export default defineConfig({
  plugins: [icons(), react()],
  resolve: { conditions: ["@dmon/source", "module", "browser", "import", "default"] },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        // What the first page needs comes in two files, not in the dozen that sharing with later parts would make of it.
        codeSplitting: {
          groups: [
            { name: "libraries", tags: ["$initial"], test: /[\\/]node_modules[\\/]/, priority: 2 },
            { name: "page", tags: ["$initial"], test: /\.[jt]sx?$/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": { target: api, ws: true }, "/-/": { target: api } } },
});
