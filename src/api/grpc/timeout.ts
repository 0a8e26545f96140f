/** The grpc-timeout header: at most eight digits and a unit. */

const MILLISECONDS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Timers of Node hold at most 2^31 - 1 milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Milliseconds, rounded up; undefined where the header is not a timeout. */
export function parseTimeout(header: string): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  const unit = MILLISECONDS[match?.[2] ?? ''];
  return match === null || unit === undefined
    ? undefined
    : Math.min(LONGEST, Math.ceil(Number(match[1]) * unit));
}

export function formatTimeout(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms));
  return whole < 1e8 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(whole / 1000))}S`;
}
