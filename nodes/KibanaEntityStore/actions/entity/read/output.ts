/** What an operation hands on of a stored entity. */
import type { IDataObject } from 'n8n-workflow';

import { simplify } from '../../../entity/simplified';
import type { ListedEntity } from '../../../kibana/generation';

/** Returns an entity in its short form, or the stored document. */
export const toOutput = (
	{ id, type, leaves, document }: ListedEntity,
	isSimplified: boolean,
): IDataObject => ({ ...(isSimplified ? simplify(id, type, leaves) : document) }) as IDataObject;
