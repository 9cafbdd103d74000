import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { Found } from '../../bulk/find';
import { riskOf } from '../../entity/simplified';
import type { Failure } from '../../failure';
import type { ListedEntity } from '../../kibana/generation';
import type { ItemResult } from '../../n8n/items';
import type { Session } from '../../n8n/session';
import type { Operation } from '../operation';
import { optionsParameter, readOptions, type OptionValues } from '../options';
import { entityType, space } from '../parameters';
import { createFinder, type FindTargets } from './read/find';
import { getOptions } from './read/options';
import { toOutput } from './read/output';
import { entityId, findBy, matchFields, simplify } from './read/parameters';
import { createTargetReader, type Target, type Untargeted } from './read/target';

type GetOptions = OptionValues<typeof getOptions>;

const NOT_FOUND: Failure = {
	reason: 'notFound',
	message: 'Kibana has no such entity',
	hint: 'Check the entity ID or the fields, the entity type and the space',
};

const TARGET_PATH = 'entity.relationships.resolution.resolved_to';

const resolvedTo = ({ leaves }: ListedEntity): string | undefined => {
	const [id] = [leaves.get(TARGET_PATH)].flat();
	return typeof id === 'string' && id !== '' ? id : undefined;
};

const scoreOf = ({ type, leaves }: ListedEntity): number => riskOf(type, leaves).score ?? -1;

const highestRisk = (entities: readonly ListedEntity[]): ListedEntity[] =>
	entities.reduce<ListedEntity[]>(
		([best], one) => [best === undefined || scoreOf(one) > scoreOf(best) ? one : best],
		[],
	);

type FoundOf = (target: Target) => Found<ListedEntity>;

/** Returns for what each target stands when every alias gives way to the entity that it is resolved to. */
const resolveTargets = async (
	{ find }: FindTargets,
	targets: readonly Target[],
	foundOf: FoundOf,
): Promise<FoundOf> => {
	const toTarget = ({ space }: Target, { type }: ListedEntity, id: string): Target => ({
		space,
		match: { type: type as Target['match']['type'], id, fields: new Map() },
	});
	const resolved = targets.flatMap((target) => {
		const found = foundOf(target);
		if ('failure' in found) return [];
		return found.documents.flatMap((one) => {
			const id = resolvedTo(one);
			return id === undefined ? [] : toTarget(target, one, id);
		});
	});
	const resolvedOf = await find(resolved);
	return (target) => {
		const found = foundOf(target);
		if ('failure' in found) return found;
		const entities = new Map<string, ListedEntity>();
		for (const one of found.documents) {
			const id = resolvedTo(one);
			if (id === undefined) {
				entities.set(one.id, one);
				continue;
			}
			const at = resolvedOf(toTarget(target, one, id));
			if ('failure' in at) return at;
			// A target that is gone leaves its aliases to stand for themselves.
			const [entity = one] = at.documents;
			entities.set(entity.id, entity);
		}
		return { documents: [...entities.values()] };
	};
};

/** Chooses among several matches, as the options say. */
const choose = (
	entities: readonly ListedEntity[],
	{ several }: GetOptions,
): readonly ListedEntity[] => (several === 'highestRisk' ? highestRisk(entities) : entities);

const getEntities = async (context: IExecuteFunctions, session: Session): Promise<ItemResult[]> => {
	const items = context.getInputData();
	const failAll = (failure: Failure): ItemResult[] => items.map(() => ({ failure }));
	const options = readOptions(context, getOptions);
	if ('problem' in options) return failAll({ reason: 'invalidSetting', message: options.problem });
	const detected = await session.detect();
	if ('failure' in detected) return failAll(detected.failure);

	const isSimplified = context.getNodeParameter('simplify', 0, true) === true;
	const readTarget = createTargetReader(context, detected.generation);
	const asked = items.map((_, index): Target | Untargeted => readTarget(index));
	const targets = asked.flatMap((one) => ('match' in one ? one : []));
	const finder = createFinder(session, detected.generation);
	const found = await finder.find(targets);
	const foundOf =
		options.several === 'target' ? await resolveTargets(finder, targets, found) : found;

	const { putInto } = options;
	return asked.map((target, index): ItemResult => {
		if ('failure' in target) return target;
		const { id: entityId, type } = target.match;
		const about = { ...(entityId !== undefined && { entityId }), entityType: type };
		const result = foundOf(target);
		if ('failure' in result) return { failure: result.failure, ...about };
		const item: IDataObject = items[index]?.json ?? {};
		if (result.documents.length === 0) {
			return options.notFound === 'pass'
				? { outputs: [{ ...item, found: false }] }
				: { failure: NOT_FOUND, ...about };
		}
		return {
			outputs: choose(result.documents, options).map((one) => {
				const output = toOutput(one, isSimplified);
				return putInto === '' ? output : { ...item, [putInto]: output };
			}),
		};
	});
};

export const get: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get an entity',
	description:
		'Get an entity with its risk and criticality, by its ID or by fields such as an email address or a host name',
	parameters: [
		space,
		entityType,
		findBy,
		entityId,
		matchFields,
		simplify,
		optionsParameter(getOptions),
	],
	execute: getEntities,
};
