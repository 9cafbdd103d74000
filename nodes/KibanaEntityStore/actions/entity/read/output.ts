/** What an operation hands on of a stored entity. */
import type { IDataObject } from 'n8n-workflow';

import { isSection } from '../../../entity/leaves';
import { simplify } from '../../../entity/simplified';
import type { ListedEntity } from '../../../kibana/generation';

/** What the second generation adds to the fields asked for, too. */
const ALWAYS = ['entity.id', '@timestamp'];

const put = (output: Record<string, unknown>, path: string, value: unknown): void => {
	const keys = path.split('.');
	// It would lead to what all objects share.
	if (keys.includes('__proto__')) return;
	const last = keys.pop() as string;
	let section = output;
	for (const key of keys) {
		const inner = section[key];
		const next = isSection(inner) ? inner : {};
		section[key] = next;
		section = next;
	}
	section[last] = value;
};

/** Returns only these fields of an entity, or all in the sections of that name. */
export const pickPaths = (
	{ leaves }: Pick<ListedEntity, 'leaves'>,
	paths: readonly string[],
): IDataObject => {
	const output: IDataObject = {};
	for (const path of [...ALWAYS, ...paths]) {
		const value = leaves.get(path);
		if (value !== undefined) put(output, path, value);
		else for (const [leaf, inner] of leaves.inside(path)) put(output, `${path}.${leaf}`, inner);
	}
	return output;
};

/** Returns an entity in its short form, or the stored document. */
export const toOutput = (
	{ id, type, leaves, document }: ListedEntity,
	isSimplified: boolean,
): IDataObject => ({ ...(isSimplified ? simplify(id, type, leaves) : document) }) as IDataObject;
