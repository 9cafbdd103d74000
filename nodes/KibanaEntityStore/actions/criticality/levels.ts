/** The levels of criticality, as the editor offers them and as an expression may write them. */
import type { INodePropertyOptions } from 'n8n-workflow';

import { compileChoice } from '../../entity/choices';
import type { Failure } from '../../failure';
import { LEVELS, UNASSIGNED, type Level } from '../../kibana/criticality';
import { invalidParameter } from '../perItem';

export const LEVEL_CHOICES: INodePropertyOptions[] = [
	{ name: 'Extreme Impact', value: 'extreme_impact' },
	{ name: 'High Impact', value: 'high_impact' },
	{ name: 'Low Impact', value: 'low_impact' },
	{ name: 'Medium Impact', value: 'medium_impact' },
];

const ALL: readonly string[] = [...LEVELS, UNASSIGNED];
const levelNamed = compileChoice(ALL);

/** Returns the level that a value stands for, or that it stands for none. */
export const readLevel = (
	given: unknown,
): { readonly level: Level } | { readonly failure: Failure } => {
	const level = levelNamed(String(given ?? ''));
	if (level !== undefined) return { level: level as Level };
	const message = `The criticality must be one of ${ALL.join(', ')}`;
	return { failure: invalidParameter(message, 'asset.criticality') };
};
