import { expect, it } from "vitest";
import { corsHeaders } from "./cors.ts";

it("lets an origin read where the whole of it matches", () => {
  const cors = corsHeaders("https?://(grafana|monitor)\\.example");
  expect(cors("https://grafana.example")).toMatchObject({
    "access-control-allow-origin": "https://grafana.example",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    vary: "Origin",
  });
  expect(cors("https://grafana.example.evil")).toEqual({});
  expect(cors(undefined)).toEqual({});
});
