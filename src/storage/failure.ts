/** An error of the file system under the log as one for people. */
import { DecreeError, hasCode } from '../errors.js';

/** `what` was being done, such as `write /data/log/segment-00000001.log`. */
export function diskFailure(what: string, cause: unknown): DecreeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const full = hasCode(cause, 'ENOSPC') || hasCode(cause, 'EDQUOT');
  return new DecreeError(
    'disk',
    full
      ? `the disk is full: could not ${what} (${why}); make room, then start this replica again`
      : `the disk failed: could not ${what} (${why}); what is durable is unknown, so it was ` +
          'not tried again. Check the disk; a start reads the log anew',
  );
}
