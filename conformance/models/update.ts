/** Takes measured counts over into spec/models and the tables of spec/README.md, but never a verdict. */
import { DecreeError } from '../../src/errors.js';
import { verdictText, type ModelResult } from './check.js';
import { readQuestions, specFolder, writeQuestion, type Model } from './codec.js';
import { updateReadme } from './table.js';

/** Throws DecreeError if a verdict differs: that is a finding, to be decided by a person. */
export function updateModels(results: readonly ModelResult[], folder = specFolder()): void {
  const wrong = results.filter((result) => result.verdict !== verdictText(result.model.expect));
  if (wrong.length > 0) {
    const names = wrong.map((result) => `${result.model.name} (${result.verdict})`).join(', ');
    throw new DecreeError(
      'failed',
      `nothing was updated, since verdicts differ: ${names}; correct the spec or expect`,
    );
  }
  const found = new Map(results.map((result) => [result.model.name, result]));
  const questions = readQuestions(folder).map((question) => ({
    ...question,
    models: question.models.map((model) => measured(model, found.get(model.name))),
  }));
  for (const question of questions) writeQuestion(question, folder);
  updateReadme(questions, folder);
}

function measured(model: Model, result: ModelResult | undefined): Model {
  if (result === undefined) return model;
  const { distinct, depth } = result;
  return {
    ...model,
    ...({ distinct, depth } as Pick<Model, 'distinct' | 'depth'>),
    seconds: Math.max(0.1, Math.round(result.seconds * 10) / 10),
  };
}
