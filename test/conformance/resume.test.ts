/** What passed is left out next time, at the same commit of a clean tree alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resumeFrom } from '../../conformance/models/resume.js';

describe('resumeFrom', () => {
  let home: string;
  let file: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'decree-resume-'));
    file = join(home, 'sub', 'state.json');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('remembers for one commit', () => {
    const first = resumeFrom(file, 'aaa');
    expect([...first.passed]).toEqual([]);
    first.note('one');
    first.note('two');
    expect([...resumeFrom(file, 'aaa').passed]).toEqual(['one', 'two']);
    expect([...resumeFrom(file, 'bbb').passed]).toEqual([]);
    resumeFrom(file, 'bbb').note('three');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ commit: 'bbb', passed: ['three'] });
  });

  it('neither reads nor writes anything where files differ from the commit', () => {
    resumeFrom(file, 'aaa').note('one');
    const dirty = resumeFrom(file, null);
    expect([...dirty.passed]).toEqual([]);
    dirty.note('two');
    expect([...resumeFrom(file, 'aaa').passed]).toEqual(['one']);
  });

  it('refuses a file of another kind', () => {
    const other = join(home, 'other.json');
    writeFileSync(other, '[]');
    expect(() => resumeFrom(other, 'aaa')).toThrow(/no file of --resume/);
  });
});
