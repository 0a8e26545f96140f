/** What happened on the links, for status and tests. Nothing is dropped without being counted here. */
export interface LinkCounts {
  sent: number;
  received: number;
  /** Frames not sent because the link was down. */
  droppedDown: number;
  /** Frames not sent because the queue was full. */
  droppedFull: number;
  /** Frames not sent because they were larger than the limit. */
  droppedLarge: number;
  /** Links closed because of a frame that could not be read. */
  malformed: number;
  /** Handshakes refused by this side. */
  refused: number;
  /** Times that a link of ours was up. */
  connected: number;
}

export function noCounts(): LinkCounts {
  return {
    sent: 0,
    received: 0,
    droppedDown: 0,
    droppedFull: 0,
    droppedLarge: 0,
    malformed: 0,
    refused: 0,
    connected: 0,
  };
}
