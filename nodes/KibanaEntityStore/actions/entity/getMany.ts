import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { SIMPLIFIED_PATHS } from '../../entity/simplified';
import { compareSortValues, sortValueOf, type SortValue } from '../../entity/sorting';
import type { Failure } from '../../failure';
import type { Generation, ListedEntity, ListQuery } from '../../kibana/generation';
import { DEFAULT_SPACE, isSpaceId } from '../../kibana/http/client';
import type { ItemResult } from '../../n8n/items';
import type { Session } from '../../n8n/session';
import { expressionFailure, invalidSpace, refuseLimit } from '../itemFailures';
import type { Operation } from '../operation';
import { optionsParameter, readOptions, type OptionValues } from '../options';
import { limit, returnAll, space } from '../parameters';
import { entityTypes, filtersParameter, readFilters } from './read/filters';
import { listEntities } from './read/list';
import { getManyOptions } from './read/options';
import { pickPaths, toOutput } from './read/output';
import { simplify } from './read/parameters';

type Options = OptionValues<typeof getManyOptions>;

interface Request {
	readonly space: string;
	readonly query: ListQuery;
	readonly isSimplified: boolean;
	/** Undefined: all. */
	readonly limit: number | undefined;
}

const readRequest = (
	context: IExecuteFunctions,
	index: number,
	{ fields, sortBy }: Options,
): Request | { readonly failure: Failure } => {
	const spaceId = String(context.getNodeParameter('space.value', index, '') || DEFAULT_SPACE);
	if (!isSpaceId(spaceId)) return { failure: invalidSpace('invalidSetting') };
	const filters = readFilters(context, index, context.getNodeParameter('entityTypes', index, []));
	if ('failure' in filters) return filters;
	const isSimplified = context.getNodeParameter('simplify', index, true) === true;
	const isAll = context.getNodeParameter('returnAll', index, false) === true;
	const most = isAll ? undefined : Number(context.getNodeParameter('limit', index, 50));
	const limitFailure = most === undefined ? undefined : refuseLimit(most);
	if (limitFailure) return { failure: limitFailure };
	const chosen = fields
		.split(',')
		.map((path) => path.trim())
		.filter((path) => path !== '');
	const shown = isSimplified ? [...SIMPLIFIED_PATHS] : chosen.length > 0 ? chosen : undefined;
	const paths = shown && sortBy !== '' ? [...shown, sortBy] : shown;
	return { space: spaceId, query: { ...filters, paths }, isSimplified, limit: most };
};

interface Kept {
	readonly output: IDataObject;
	readonly by: SortValue;
}

/** Returns the entities of one request as outputs, in order. */
const list = async (
	session: Session,
	generation: Generation,
	{ space: spaceId, query, isSimplified, limit: most }: Request,
	{ sortBy, sortDirection }: Options,
): Promise<ItemResult> => {
	const isSorted = sortBy !== '';
	const { paths } = query;
	const outputOf = (entity: ListedEntity): IDataObject =>
		isSimplified || paths === undefined || generation.paging.picksPaths
			? toOutput(entity, isSimplified)
			: pickPaths(entity, paths);
	if (!isSorted) {
		const listed = await listEntities(session, generation, spaceId, query, outputOf, most);
		return 'failure' in listed ? listed : { outputs: listed.values };
	}
	const keep = (entity: ListedEntity): Kept => ({
		output: outputOf(entity),
		by: sortValueOf(entity.leaves.get(sortBy)),
	});
	const listed = await listEntities(session, generation, spaceId, query, keep);
	if ('failure' in listed) return listed;
	const isDescending = sortDirection === 'desc';
	const sorted = [...listed.values].sort((one, other) =>
		compareSortValues(one.by, other.by, isDescending),
	);
	return { outputs: sorted.slice(0, most).map(({ output }) => output) };
};

const getMany = async (context: IExecuteFunctions, session: Session): Promise<ItemResult[]> => {
	const items = context.getInputData();
	const options = readOptions(context, getManyOptions);
	if ('problem' in options) {
		const failure: Failure = { reason: 'invalidSetting', message: options.problem };
		return items.map(() => ({ failure }));
	}
	const detected = await session.detect();
	if ('failure' in detected) return items.map(() => detected);

	/** Items that ask for the same are answered by one listing. */
	const known = new Map<string, ItemResult>();
	const results: ItemResult[] = [];
	for (const index of items.keys()) {
		try {
			const request = readRequest(context, index, options);
			if ('failure' in request) {
				results.push(request);
				continue;
			}
			const key = JSON.stringify(request);
			const before = known.get(key);
			if (before && 'outputs' in before) {
				results.push({ outputs: before.outputs.map((output) => ({ ...output })) });
				continue;
			}
			const result = before ?? (await list(session, detected.generation, request, options));
			known.set(key, result);
			results.push(result);
		} catch (error) {
			results.push({ failure: expressionFailure(error) });
		}
	}
	return results;
};

export const getAll: Operation = {
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many entities',
	description:
		'List entities with their risk and criticality, by type, risk level and score, criticality, source, name or KQL',
	parameters: [
		space,
		entityTypes,
		returnAll,
		limit,
		simplify,
		filtersParameter('Only entities that fit all of these are returned'),
		optionsParameter(getManyOptions),
	],
	execute: getMany,
};
