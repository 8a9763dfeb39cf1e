/**
 * How well the kernel's clock is kept: adjtimex(2), read only, called through koffi; absent where that cannot load.
 *
 * Units: seconds and ratios; the kernel gives microseconds, or nanoseconds where STA_NANO is set, and frequencies as parts
 * per million with 16 bits of fraction.
 */
import type { CollectorFactory } from "../collector.ts";
import { loadLibc } from "../host/libc.ts";
import { slowly } from "../slowly.ts";

const EVERY_MS = 5000;
/** struct timex of 64-bit kernels, with room to spare. */
const TIMEX_BYTES = 256;
const STA_NANO = 0x2000;
const TIME_ERROR = 5;
const MICROSECONDS = 1e6;
const NANOSECONDS = 1e9;
const PPM_WITH_FRACTION = 1e6 * 65_536;

/** Offsets within struct timex. */
const OFFSET = 8;
const FREQUENCY = 16;
const MAX_ERROR = 24;
const EST_ERROR = 32;
const STATUS = 40;
const CONSTANT = 48;
const TICK = 88;
const PPS_FREQUENCY = 96;
const JITTER = 104;
const SHIFT = 112;
const STABILITY = 120;
const JITTER_COUNT = 128;
const CALIBRATION_COUNT = 136;
const ERROR_COUNT = 144;
const STABILITY_COUNT = 152;
const TAI = 160;

export const timex: CollectorFactory = {
  name: "timex",
  defaultEnabled: true,

  create(_host, registry) {
    const libc = loadLibc();
    if (libc === undefined) return undefined;
    const adjtimex = libc.func("int adjtimex(void *buffer)");
    const family = (type: "gauge" | "counter", name: string, help: string) =>
      registry.family(`node_timex_${name}`, help, type, []);
    const gauge = (name: string, help: string) => family("gauge", name, help);
    const counter = (name: string, help: string) => family("counter", name, help);
    const offset = gauge("offset_seconds", "Time offset in between local system and reference clock.");
    const frequency = gauge("frequency_adjustment_ratio", "Local clock frequency adjustment.");
    const maxError = gauge("maxerror_seconds", "Maximum error in seconds.");
    const estimatedError = gauge("estimated_error_seconds", "Estimated error in seconds.");
    const status = gauge("status", "Value of the status array bits.");
    const constant = gauge("loop_time_constant", "Phase-locked loop time constant.");
    const tick = gauge("tick_seconds", "Seconds between clock ticks.");
    const ppsFrequency = gauge("pps_frequency_hertz", "Pulse per second frequency.");
    const ppsJitter = gauge("pps_jitter_seconds", "Pulse per second jitter.");
    const ppsShift = gauge("pps_shift_seconds", "Pulse per second interval duration.");
    const ppsStability = gauge(
      "pps_stability_hertz",
      "Pulse per second stability, average of recent frequency changes.",
    );
    const jitterCount = counter("pps_jitter_total", "Pulse per second count of jitter limit exceeded events.");
    const calibrations = counter("pps_calibration_total", "Pulse per second count of calibration intervals.");
    const errors = counter("pps_error_total", "Pulse per second count of calibration errors.");
    const stabilityCount = counter(
      "pps_stability_exceeded_total",
      "Pulse per second count of stability limit exceeded events.",
    );
    const tai = gauge("tai_offset_seconds", "International Atomic Time (TAI) offset.");
    const synchronised = gauge("sync_status", "Is clock synchronized to a reliable server (1 = yes, 0 = no).");
    const buffer = Buffer.alloc(TIMEX_BYTES);
    const long = (at: number) => Number(buffer.readBigInt64LE(at));

    return slowly(EVERY_MS, (hold) => {
      buffer.fill(0);
      const state = adjtimex(buffer);
      if (state < 0) throw new Error("adjtimex failed");
      const flags = buffer.readInt32LE(STATUS);
      const fraction = flags & STA_NANO ? NANOSECONDS : MICROSECONDS;
      hold(synchronised, state === TIME_ERROR ? 0 : 1);
      hold(offset, long(OFFSET) / fraction);
      hold(frequency, 1 + long(FREQUENCY) / PPM_WITH_FRACTION);
      hold(maxError, long(MAX_ERROR) / MICROSECONDS);
      hold(estimatedError, long(EST_ERROR) / MICROSECONDS);
      hold(status, flags);
      hold(constant, long(CONSTANT));
      hold(tick, long(TICK) / MICROSECONDS);
      hold(ppsFrequency, long(PPS_FREQUENCY) / PPM_WITH_FRACTION);
      hold(ppsJitter, long(JITTER) / fraction);
      hold(ppsShift, buffer.readInt32LE(SHIFT));
      hold(ppsStability, long(STABILITY) / PPM_WITH_FRACTION);
      hold(jitterCount, long(JITTER_COUNT));
      hold(calibrations, long(CALIBRATION_COUNT));
      hold(errors, long(ERROR_COUNT));
      hold(stabilityCount, long(STABILITY_COUNT));
      hold(tai, buffer.readInt32LE(TAI));
    }).collect;
  },
};
