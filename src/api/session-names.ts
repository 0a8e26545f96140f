/** The words of sessions on the wire: service decree.Sessions, metadata, and what refusals say. */

/** The session, as Open answered. */
export const SESSION_KEY = 'decree-session';
/** The number of the request, from 1 on. */
export const SEQ_KEY = 'decree-seq';
/** The lowest number to which the client has no answer; 1 where it is absent, which forgets no answer. */
export const LOW_KEY = 'decree-low';

export const SESSION_PATHS = { open: '/decree.Sessions/Open', close: '/decree.Sessions/Close' } as const;

/** What the table of sessions refuses with. A client tells them by the text, since codes have other uses. */
export const SESSION_TEXTS = {
  unknown: 'decree: unknown session: it was never opened, or it has ended',
  below: 'decree: the number of the request is below the window of its session: its answer is forgotten',
  above: 'decree: the number of the request is above the window of its session: a lower one has no answer',
} as const;
