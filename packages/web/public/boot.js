// Sets the colour scheme before the first paint, so that a dark page never flashes white. Not a module: it must block.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("dmon.scheme");
  } catch {
    // Storage may be forbidden; the system's preference then decides.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.mantineColorScheme = dark ? "dark" : "light";
})();
