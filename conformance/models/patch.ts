/** Makes a broken spec out of the real modules: a patch that no longer applies is a failure, never a pass. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Patch } from './codec.js';

/** Why a patch could not be applied. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
}

/** The text with the one place that holds the lines `find` replaced by `replace`. */
export function applyEdit(text: string, edit: Patch['edits'][number], id: string): string {
  const find = edit.find.join('\n');
  const at = text.indexOf(find);
  const where = `patch ${id}, ${edit.file}`;
  const what = JSON.stringify(edit.find[0] ?? '');
  if (find === '' || at < 0) throw new PatchError(`${where}: no such text, beginning with ${what}`);
  if (text.indexOf(find, at + 1) >= 0)
    throw new PatchError(`${where}: more than one place begins with ${what}`);
  const changed = text.slice(0, at) + edit.replace.join('\n') + text.slice(at + find.length);
  if (changed === text) throw new PatchError(`${where}: it changes nothing`);
  return changed;
}

/** A temporary folder with every module of `folder`, patched; the caller removes it with `removeFolder`. */
export function patchedFolder(folder: string, patch: Patch): string {
  const target = mkdtempSync(join(tmpdir(), 'decree-broken-'));
  try {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.tla'))) {
      copyFileSync(join(folder, file), join(target, file));
    }
    for (const edit of patch.edits) {
      const file = join(target, edit.file);
      writeFileSync(file, applyEdit(readFileSync(file, 'utf8'), edit, patch.id));
    }
    return target;
  } catch (error) {
    removeFolder(target);
    throw error;
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
