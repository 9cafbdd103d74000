import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { CRITICALITIES, isEntityType, UNASSIGNED, type EntityType } from '../../entity/fields';
import type { Failure } from '../../failure';
import { isLevel, type Level } from '../../kibana/criticality';
import type { ListedEntity, ListQuery } from '../../kibana/generation';
import type { ItemResult } from '../../n8n/items';
import { listEntities } from '../entity/read/list';
import { invalid, refuseLimit } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter } from '../options';
import { limit, returnAll, space } from '../parameters';
import { askPatiently, perItem, type ItemCall } from '../perItem';
import { requestOptions } from '../requestOptions';
import { LEVEL_CHOICES } from './levels';
import { levelItem } from './send';

const ANY = 'any';

const type: INodeProperties = {
	displayName: 'Entity Type',
	name: 'onlyType',
	type: 'options',
	default: ANY,
	description: 'Which entities to return',
	options: [
		{ name: 'Any', value: ANY },
		{ name: 'Generic', value: 'generic' },
		{ name: 'Host', value: 'host' },
		{ name: 'Service', value: 'service' },
		{ name: 'User', value: 'user' },
	],
};

const level: INodeProperties = {
	displayName: 'Criticality',
	name: 'onlyCriticality',
	type: 'options',
	default: ANY,
	description: 'Which levels to return',
	options: [{ name: 'Any', value: ANY }, ...LEVEL_CHOICES],
};

interface Wanted {
	readonly type?: EntityType;
	readonly level?: Level;
}

/** What to return: everything, or what is of this type or has this level. */
const readWanted = ({
	context,
	index,
}: ItemCall): { readonly wanted: Wanted } | { readonly failure: Failure } => {
	const onlyType = context.getNodeParameter('onlyType', index, ANY);
	const onlyLevel = context.getNodeParameter('onlyCriticality', index, ANY);
	if (onlyType !== ANY && !isEntityType(onlyType)) {
		return { failure: invalid('There is no such entity type', 'entityType') };
	}
	if (onlyLevel !== ANY && !isLevel(onlyLevel)) {
		return { failure: invalid('There is no such criticality', 'asset.criticality') };
	}
	return {
		wanted: {
			...(isEntityType(onlyType) && { type: onlyType }),
			...(isLevel(onlyLevel) && { level: onlyLevel }),
		},
	};
};

const LEVEL = 'asset.criticality';

/** @param most Infinity for all */
const listFromEntities = async (
	{ session, generation, space: spaceId }: ItemCall,
	{ type: onlyType, level: onlyLevel }: Wanted,
	most: number,
): Promise<ItemResult> => {
	const query: ListQuery = {
		types: onlyType === undefined ? [] : [onlyType],
		kql: '',
		riskLevels: [],
		criticalities: onlyLevel === undefined ? CRITICALITIES : [onlyLevel],
		sources: [],
		nameContains: '',
		paths: [LEVEL],
	};
	const keep = (entity: ListedEntity): IDataObject => {
		const [found] = [entity.leaves.get(LEVEL)].flat();
		return levelItem(entity.id, entity.type, isLevel(found) ? found : UNASSIGNED);
	};
	const limitOrAll = most === Infinity ? undefined : most;
	const listed = await listEntities(session, generation, spaceId, query, keep, limitOrAll);
	return 'failure' in listed ? listed : { outputs: listed.values };
};

const collect = async (call: ItemCall): Promise<ItemResult> => {
	const { context, index, session, generation, client } = call;
	const read = readWanted(call);
	if ('failure' in read) return read;
	const { wanted } = read;
	const isAll = context.getNodeParameter('returnAll', index, false) === true;
	const most = isAll ? Infinity : Number(context.getNodeParameter('limit', index, 50));
	const limitFailure = isAll ? undefined : refuseLimit(most);
	if (limitFailure) return { failure: limitFailure };
	const { list } = generation.criticality;
	if (list === undefined) return await listFromEntities(call, wanted, most);
	// An ID at the border of two pages comes twice.
	const found = new Map<string, IDataObject>();
	let next: string | undefined;
	do {
		const from = next;
		const reply = await askPatiently(
			session,
			async () => await list(client, session.now, wanted, from),
		);
		if ('failure' in reply) return reply;
		for (const { entityId, entityType, criticality } of reply.value.found) {
			const item = levelItem(entityId, entityType, criticality);
			found.set(`${entityType} ${entityId}`, item);
		}
		({ next } = reply.value);
	} while (next !== undefined && found.size < most && !session.patience.isCancelled());
	return { outputs: [...found.values()].slice(0, most) };
};

export const getMany: Operation = {
	value: 'getMany',
	name: 'Get Many',
	action: 'Get many criticalities',
	description: 'Get the entities that have a criticality, one item each',
	parameters: [space, type, level, returnAll, limit, optionsParameter(requestOptions)],
	execute: perItem(collect),
};
