// What cannot wait for the page's own script. Not a module: it must block.
// Connects to the live stream, which tells the server's clock and interval first, and asks what the overview asks before
// anything else, while that script is still loading; `api/begun.ts` takes over what came by then. Before the storage below is
// read, which may wait for the disk.
(() => {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v1/live`);
  const messages = [];
  socket.onmessage = (message) => messages.push(message);
  const answers = new Map();
  const ask = async (url) => {
    try {
      const answer = await (await fetch(url, { headers: { accept: "application/json" } })).json();
      return answer.status === "success" ? answer : undefined;
    } catch {
      // Asked again by the page, which says what is wrong.
      return undefined;
    }
  };
  if (location.pathname === "/") {
    // The same addresses as in `api/queries.ts`.
    const hosts = "match[]=node_load1&match[]=node_uname_info&match[]=node_memory_MemTotal_bytes";
    for (const path of ["host", `label/instance/values?${hosts}`, "label/__name__/values?"]) {
      answers.set(`/api/v1/${path}`, ask(`/api/v1/${path}`));
    }
  }
  globalThis.dmonBegun = { socket, messages, answers };
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
