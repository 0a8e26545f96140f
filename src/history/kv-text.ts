/** Operations and answers of the key-value store in one line each. */
import type { Guard, KvInput, KvOutput, Pair, Result, Span } from './kv-types.js';

const MANY = 4;

export function describeKv(input: KvInput, output: KvOutput | undefined): string {
  const answer =
    output === undefined ? 'no answer' : `${resultText(output.result)} at revision ${output.revision}`;
  return `${inputText(input)} -> ${answer}`;
}

function inputText(input: KvInput): string {
  switch (input.kind) {
    case 'put':
      return `put ${input.key} = ${quote(input.value)}`;
    case 'range':
      return `get ${spanText(input)}`;
    case 'delete':
      return `delete ${spanText(input)}`;
    case 'txn': {
      const otherwise = input.otherwise.length === 0 ? '' : ` else ${list(input.otherwise.map(inputText))}`;
      const then = list(input.then.map(inputText));
      return `txn if ${list(input.guards.map(guardText))} then ${then}${otherwise}`;
    }
  }
}

function resultText(result: Result): string {
  switch (result.kind) {
    case 'put':
      return 'ok';
    case 'range':
      return `${result.count} found: ${pairsText(result.pairs)}`;
    case 'delete':
      return `${result.deleted} deleted`;
    case 'txn':
      return `${result.succeeded ? 'then' : 'else'} ${list(result.results.map(resultText))}`;
  }
}

function pairsText(pairs: readonly Pair[]): string {
  const shown = pairs.slice(0, MANY).map((pair) => `${pair.key}=${quote(pair.value)}@${pair.modified}`);
  return list(pairs.length > MANY ? [...shown, `and ${pairs.length - MANY} more`] : shown);
}

function guardText(guard: Guard): string {
  return `${guard.target}(${spanText(guard)}) ${guard.is} ${guard.than}`;
}

function spanText(span: Span): string {
  if (span.end === undefined) return span.key;
  return span.end === '\0' ? `[${quote(span.key)}, ..)` : `[${quote(span.key)}, ${quote(span.end)})`;
}

function list(parts: readonly string[]): string {
  return `{${parts.join(', ')}}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}..` : text);
}
