/**
 * Mistakes that a test may plant, to show that trace validation notices them. Nothing but a test sets
 * them: no option and no environment variable reaches them. Each is read at one place.
 */
export interface Faults {
  /** HandleAccept does not compare the ballot with the promise. */
  readonly acceptIgnoresPromise: boolean;
  /** HandlePrepare does not compare the ballot with the promise. */
  readonly prepareIgnoresPromise: boolean;
  /** Propose takes every slot as free, whatever the promises report. */
  readonly proposeIgnoresPromises: boolean;
  /** Choose is content with one vote less than a quorum. */
  readonly chooseWithoutQuorum: boolean;
  /** Held messages leave before the sync (read by the driver). */
  readonly holdNothing: boolean;
}

export const NO_FAULTS: Faults = {
  acceptIgnoresPromise: false,
  prepareIgnoresPromise: false,
  proposeIgnoresPromises: false,
  chooseWithoutQuorum: false,
  holdNothing: false,
};

/** The given faults and no others; the very NO_FAULTS where there is none. */
export function withFaults(faults: Partial<Faults> = {}): Faults {
  const some = Object.values(faults).some((on) => on);
  return some ? { ...NO_FAULTS, ...faults } : NO_FAULTS;
}
