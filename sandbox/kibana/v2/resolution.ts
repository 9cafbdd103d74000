/** The routes of entity resolution (docs/kibana-api.md#resolution). */
import { isObject, valuesAt, without, type EntityDocument } from './documents';
import { enterpriseRoute, type SecondGeneration } from './generation';
import type { IndexedEntity } from './latestIndex';
import { end, ok, parse, type Route } from './route';
import { schemaOf } from './schema';

const targetOf = ({ document }: IndexedEntity): string | undefined => {
	const [target] = valuesAt(document, 'entity.relationships.resolution.resolved_to');
	return typeof target === 'string' && target !== '' ? target : undefined;
};

const typeOf = ({ document }: IndexedEntity): string | undefined =>
	valuesAt(document, 'entity.EngineMetadata.Type')[0] as string | undefined;

const listed = (ids: readonly string[]): string => `[${ids.join(', ')}]`;

/** Returns the entities of these IDs. A missing one ends the request. */
const fetchAll = (
	{ index }: SecondGeneration,
	space: string,
	ids: readonly string[],
	missingStatus: number,
): IndexedEntity[] => {
	const found = ids.map((id) => index.find(space, id));
	const missing = ids.filter((_, position) => found[position] === undefined);
	if (missing.length > 0) end(missingStatus, `Entities not found: ${listed(missing)}`);
	return found as IndexedEntity[];
};

/** Returns the common type, if known. More than one type ends the request. */
const oneTypeOf = (entities: readonly IndexedEntity[]): string | undefined => {
	const types = [...new Set(entities.flatMap((entity) => typeOf(entity) ?? []))];
	if (types.length > 1) {
		end(400, `All entities must be of the same type. Found types: ${listed(types)}`);
	}
	return types[0];
};

const withType = ({ settings }: SecondGeneration, type: string | undefined) =>
	settings.namesEntityType ? { entity_type: type } : {};

/** `POST …/resolution/link`. */
export const link: Route<SecondGeneration> = enterpriseRoute(
	({ settings }, { body }) => parse('body', schemaOf(settings).linkBody, body),
	async (kibana, { target_id: targetId, entity_ids: given }, { space }) => {
		const ids = [...new Set(given)];
		if (ids.includes(targetId)) end(400, `Cannot link entity '${targetId}' to itself.`);
		const { missingLinkStatus } = kibana.settings;
		const entities = fetchAll(kibana, space, [targetId, ...ids], missingLinkStatus);
		const type = oneTypeOf(entities);
		const [target, ...aliases] = entities as [IndexedEntity, ...IndexedEntity[]];
		const refuseChain = (entity: IndexedEntity, to: string): never =>
			end(
				400,
				`Entity '${entity.id}' is already resolved to '${to}'. Unlink it first before linking to a new target.`,
			);
		const before = targetOf(target);
		if (before !== undefined) refuseChain(target, before);

		const skipped: string[] = [];
		const toLink: IndexedEntity[] = [];
		for (const alias of aliases) {
			const current = targetOf(alias);
			const own = kibana.index.list(space).filter((entity) => targetOf(entity) === alias.id);
			if (current === targetId) skipped.push(alias.id);
			else if (current !== undefined) refuseChain(alias, current);
			else if (own.length > 0) {
				end(
					400,
					`Entity '${alias.id}' has aliases ${listed(own.map(({ id }) => id))}. Unlink them first before linking this entity as an alias.`,
				);
			} else toLink.push(alias);
		}
		const update = { entity: { relationships: { resolution: { resolved_to: targetId } } } };
		for (const alias of toLink) kibana.index.change(alias, update, false);
		if (toLink.length > 0) await kibana.refreshed(space);
		const linked = toLink.map(({ id }) => id);
		return ok({ linked, skipped, target_id: targetId, ...withType(kibana, type) });
	},
);

const withoutTarget = (document: EntityDocument): EntityDocument => {
	const { entity } = document as { entity: EntityDocument };
	const { relationships } = entity as { relationships: EntityDocument };
	const resolution = isObject(relationships.resolution) ? relationships.resolution : {};
	const own = { ...relationships, resolution: without(resolution, 'resolved_to') };
	return { ...document, entity: { ...entity, relationships: own } };
};

/** `POST …/resolution/unlink`. */
export const unlink: Route<SecondGeneration> = enterpriseRoute(
	({ settings }, { body }) => parse('body', schemaOf(settings).unlinkBody, body),
	async (kibana, { entity_ids: given }, { space }) => {
		const ids = [...new Set(given)];
		const entities = fetchAll(kibana, space, ids, kibana.settings.missingLinkStatus);
		const linked = entities.filter((entity) => targetOf(entity) !== undefined);
		for (const entity of linked) {
			kibana.index.change({ ...entity, document: withoutTarget(entity.document) }, {}, false);
		}
		if (linked.length > 0) await kibana.refreshed(space);
		const unlinked = linked.map(({ id }) => id);
		const skipped = ids.filter((id) => !unlinked.includes(id));
		const [first] = entities;
		return ok({ unlinked, skipped, ...withType(kibana, first && typeOf(first)) });
	},
);

/** `GET …/resolution/group`: of a target, of an alias, or of an entity without links. */
export const group: Route<SecondGeneration> = enterpriseRoute(
	({ settings }, { query }) => parse('query', schemaOf(settings).groupQuery, query),
	(kibana, { entity_id: id }, { space }) => {
		const [entity] = fetchAll(kibana, space, [id], 404) as [IndexedEntity];
		const targetId = targetOf(entity) ?? id;
		const [target] = fetchAll(kibana, space, [targetId], 404) as [IndexedEntity];
		const aliases = kibana.index
			.list(space)
			.filter((one) => targetOf(one) === targetId)
			.map(({ document }) => document);
		return ok({
			target: target.document,
			aliases,
			group_size: 1 + aliases.length,
			...withType(kibana, typeOf(target)),
		});
	},
);

const RULES = [
	{ id: 'email_exact_match', description: 'The same email address at several identity providers' },
	{ id: 'related_user_bridge', description: 'Users that name each other' },
];

/** `GET …/resolution/rules`. */
export const listRules: Route<SecondGeneration> = enterpriseRoute(
	() => undefined,
	({ disabledRules }, _, { space }) =>
		ok({
			rules: RULES.map((rule) => ({
				...rule,
				enabled: !disabledRules.has(`${space} ${rule.id}`),
				managed: true,
			})),
		}),
);

/** `PUT …/resolution/rules/{id}/enable` and `…/disable`. */
export const switchRule = (isEnabled: boolean): Route<SecondGeneration> =>
	enterpriseRoute(
		(_, { params }) => String(params.id),
		({ disabledRules }, id, { space }) => {
			if (!RULES.some((rule) => rule.id === id)) {
				end(404, `Resolution rule '${id}' is not defined`);
			}
			if (isEnabled) disabledRules.delete(`${space} ${id}`);
			else disabledRules.add(`${space} ${id}`);
			return ok({ id, enabled: isEnabled });
		},
	);
