/** Mistakes that tests plant in whole cells: those of the core and the driver, and those of the store. */
import { FAULT_NAMES, FAULTS, SIMULATED_NAMES, type FaultName, type Faults } from '../core/index.js';
import {
  NO_STORE_FAULTS,
  STORE_FAULT_NAMES,
  STORE_FAULTS,
  type StoreFault,
  type StoreFaultName,
  type StoreFaults,
} from '../store/faults.js';

export type MutantName = FaultName | StoreFaultName;
export type Planted = Partial<Record<MutantName, boolean>>;

export const MUTANTS: Readonly<Record<MutantName, StoreFault>> = { ...FAULTS, ...STORE_FAULTS };
/** Those that seeds must show; the test of its rule shows each other one. */
export const MUTANT_NAMES: readonly MutantName[] = [...SIMULATED_NAMES, ...STORE_FAULT_NAMES];

/** Those of the core and the driver. */
export function faultsIn(planted: Planted): Partial<Faults> {
  return Object.fromEntries(FAULT_NAMES.flatMap((name) => (planted[name] === true ? [[name, true]] : [])));
}

/** Those of the store. */
export function storeFaultsIn(planted: Planted): StoreFaults {
  const some = STORE_FAULT_NAMES.filter((name) => planted[name] === true);
  return some.length === 0
    ? NO_STORE_FAULTS
    : { ...NO_STORE_FAULTS, ...Object.fromEntries(some.map((name) => [name, true])) };
}
