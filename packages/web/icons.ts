/**
 * Icons as modules: `import IconSun from "virtual:icon/sun"` is Tabler's drawing of that name as a component.
 *
 * Tabler's own package for React has eighteen thousand files, nearly half of all that `npm ci` would unpack; the same drawings are one
 * file of `@iconify-json/tabler`. Only what is imported gets into the page.
 */
import { fileURLToPath } from "node:url";
import { icons as tabler } from "@iconify-json/tabler";
import type { Plugin } from "vite";

const PREFIX = "virtual:icon/";
/** As a script, for those who sort modules by their ending. */
const RESOLVED = /^\0icon\/(.+)\.js$/;
const DRAWN = fileURLToPath(new URL("src/icons/drawn.tsx", import.meta.url));

export function icons(): Plugin {
  return {
    name: "icons",
    enforce: "pre",
    resolveId(id) {
      return id.startsWith(PREFIX) ? `\0icon/${id.slice(PREFIX.length)}.js` : undefined;
    },
    load(id) {
      const name = RESOLVED.exec(id)?.[1];
      if (name === undefined) return undefined;
      const paths = JSON.stringify(pathsOf(name));
      return `import { drawn } from ${JSON.stringify(DRAWN)};\nexport default /* @__PURE__ */ drawn(${paths});\n`;
    },
  };
}

/** What all outlines have, and `drawn.tsx` gives them. */
const COMMON =
  / (?:fill="none"|stroke="currentColor"|stroke-linecap="round"|stroke-linejoin="round"|stroke-width="2")/g;

/** @throws where there is no such icon, or it is more than lines */
function pathsOf(name: string): readonly string[] {
  const { icons: drawings, aliases } = tabler;
  const body = (drawings[name] ?? drawings[aliases?.[name]?.parent ?? ""])?.body;
  if (body === undefined) throw new Error(`no icon is named ${name}: see https://tabler.io/icons`);
  const lines = body.replaceAll(COMMON, "").replaceAll(/<g>|<\/g>/g, "");
  const paths = [...lines.matchAll(/<path d="([^"]+)"\/>/g)];
  if (paths.map(([path]) => path).join("") !== lines) throw new Error(`the icon ${name} is not an outline: ${lines}`);
  return paths.map(([, d]) => d!);
}
