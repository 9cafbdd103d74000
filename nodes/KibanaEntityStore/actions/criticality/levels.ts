/** The levels of criticality, as the editor offers them and as an expression may write them. */
import type { INodePropertyOptions } from 'n8n-workflow';

import { compileChoice, inWords } from '../../entity/choices';
import { CRITICALITIES, UNASSIGNED } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { Level } from '../../kibana/criticality';
import { invalid } from '../itemFailures';

export const LEVEL_CHOICES: INodePropertyOptions[] = [...CRITICALITIES]
	.sort()
	.map((value) => ({ name: inWords(value), value }));

const ALL: readonly string[] = [...CRITICALITIES, UNASSIGNED];
const levelNamed = compileChoice(ALL);

/** Returns the level that a value stands for, or that it stands for none. */
export const readLevel = (
	given: unknown,
): { readonly level: Level } | { readonly failure: Failure } => {
	const level = levelNamed(String(given ?? ''));
	if (level !== undefined) return { level: level as Level };
	const message = `The criticality must be one of ${ALL.join(', ')}`;
	return { failure: invalid(message, 'asset.criticality') };
};
