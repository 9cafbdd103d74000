import { errorPage } from './errorPage';
import { fieldTable } from './fieldTable';
import { optionPage } from './optionTable';

/** The pages that are generated from code, by their paths in the repository. */
export const GENERATED_PAGES: Readonly<Record<string, () => string>> = {
	'docs/errors.md': errorPage,
	'docs/fields.md': fieldTable,
	'docs/options.md': optionPage,
};
