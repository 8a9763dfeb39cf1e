// What cannot wait for the page's own script. Not a module: it must block.
// Asks what the overview asks before anything else while its script is still loading: the same addresses as in `api/queries.ts`.
// First, as reading the storage below may wait for the disk.
if (location.pathname === "/") {
  const hosts = "match[]=node_load1&match[]=node_uname_info&match[]=node_memory_MemTotal_bytes";
  for (const path of ["host", `label/instance/values?${hosts}`, "label/__name__/values?"]) {
    const link = document.createElement("link");
    link.rel = "preload";
    link.as = "fetch";
    link.crossOrigin = "anonymous";
    link.href = `/api/v1/${path}`;
    document.head.append(link);
  }
}

// Connects to the live stream, which tells the server's clock first; `api/live.ts` takes over what came by then.
(() => {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`);
  const messages = [];
  socket.onmessage = (message) => messages.push(message);
  globalThis.dmonBegun = { socket, messages };
})();

// Sets the colour scheme before the first paint, so that a dark page never flashes white.
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
