/** The rule of liveness: conformance/RULES.md. */
import type { FaultName } from '../../src/core/index.js';
import { rule } from './rule.js';
import { Script } from './script.js';

rule<FaultName>(
  'every request is applied where a quorum is connected and one leads',
  {
    ackNamesLastSlot: 'applied',
    holesLeftUnfilled: 'applied',
  },
  (faults) => {
    const run = new Script(faults);
    // The first Accept is lost to one, and the second arrives before the leader repeats it.
    run.lead('a', 'b').propose('a', 1).lose('a', 'b').lose('a', 'c');
    run.propose('a', 2).pass('a', 'b').pass('a', 'c').restart('a');
    run.world.heal(0);
    const least = Math.min(...(['a', 'b', 'c'] as const).map((who) => run.state(who).applied));
    return run.finding() ?? (least < 20 ? `one applied ${least} slots` : null);
  },
);
