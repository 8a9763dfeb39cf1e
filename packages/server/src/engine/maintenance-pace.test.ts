import { ManualClock } from "@dmon/model";
import { beforeEach, expect, it } from "vitest";
import { MaintenancePace, MUCH_SAMPLES } from "./maintenance-pace.ts";

let clock: ManualClock;
let begunMs: number[];
let pace: MaintenancePace;

beforeEach(() => {
  clock = new ManualClock();
  begunMs = [];
  pace = new MaintenancePace(clock, () => begunMs.push(clock.monotonicMs()));
});

function secondsPass(count: number, appendedEach = 0): void {
  for (let i = 0; i < count; i++) {
    clock.advance(1000);
    pace.appended(appendedEach);
    if (begunMs.length > 0) pace.ended();
  }
}

it("comes every ten seconds while little comes in, or nothing", () => {
  secondsPass(35, 1800);
  expect(begunMs).toEqual([10_000, 20_000, 30_000]);
});

it("comes within a second of much, however it came, and then rests again", () => {
  clock.advance(2500);
  pace.appended(MUCH_SAMPLES - 1);
  clock.advance(500);
  pace.appended(1);
  clock.advance(1000);
  expect(begunMs).toEqual([4000]);
  pace.ended();
  clock.advance(9999);
  expect(begunMs).toEqual([4000]);
  clock.advance(1);
  expect(begunMs).toEqual([4000, 14_000]);
});

it("has one round at a time, and another soon where much came meanwhile", () => {
  clock.advance(10_000);
  pace.appended(MUCH_SAMPLES);
  clock.advance(60_000);
  expect(begunMs).toEqual([10_000]);
  pace.ended();
  clock.advance(1000);
  expect(begunMs).toEqual([10_000, 71_000]);
});

it("does nothing once it is stopped", () => {
  pace.appended(MUCH_SAMPLES);
  pace.stop();
  pace.appended(MUCH_SAMPLES);
  clock.advance(60_000);
  expect(begunMs).toEqual([]);
});

it("begins no other round where it was stopped amid one", () => {
  clock.advance(10_000);
  pace.stop();
  pace.ended();
  pace.appended(MUCH_SAMPLES);
  clock.advance(60_000);
  expect(begunMs).toEqual([10_000]);
});
