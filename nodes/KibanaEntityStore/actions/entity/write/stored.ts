/** Stored documents as the source of records: what Get Many returns can be written back as it is. */
import { FIELDS_OF, type EntityType } from '../../../entity/fields';
import { NAMING_FIELDS } from '../../../entity/identity';
import { isSection, leavesOf } from '../../../entity/leaves';
import type { Generation } from '../../../kibana/generation';

type Source = Record<string, unknown>;

/** Kibana stamps every document, and a record never needs a time of its own. */
const isStored = (source: Source): boolean =>
	typeof source['@timestamp'] === 'string' &&
	isSection(source.entity) &&
	typeof source.entity.id === 'string';

/** What Kibana finds out by itself. Written back, it would replace newer findings by older ones. */
const MANAGED =
	/^(@timestamp|event\.|entity\.(EngineMetadata|risk|lifecycle|relationships\.resolution)\.|(user|host|service)\.risk\.)/i;

/** What the list of the first generation shows in place of what was written. */
const REPLACED_V1 = /^entity\.(name|source)$/;

/** Sections whose keys the first generation spells otherwise when it lists them. */
const RESPELLED_V1 = /^entity\.(attributes|behaviors|lifecycle|relationships)\./i;

export interface StoredReader {
	/** Returns the source of a record: of a stored document what a client writes, anything else as it is. */
	readonly clean: (source: Source, type: EntityType) => Source;
	/** Paths that were left out so far, each once. */
	readonly leftOut: ReadonlySet<string>;
}

export const createStoredReader = ({
	name,
	identify,
}: Pick<Generation, 'name' | 'identify'>): StoredReader => {
	const leftOut = new Set<string>();

	const isWritable = (path: string, type: EntityType): boolean => {
		if (MANAGED.test(path) || (name === 'v1' && REPLACED_V1.test(path))) return false;
		const { byPath } = FIELDS_OF[name][type];
		const keys = path.split('.');
		const field = keys
			.map((_, length) => byPath.get(keys.slice(0, length + 1).join('.')))
			.find((one) => one !== undefined);
		return field !== undefined && field.protection !== 'never';
	};

	/** Copies what is to be written, without sections that hold nothing of it. */
	const copy = (section: Source, prefix: string, isKept: (path: string) => boolean): Source => {
		const copied: Source = {};
		for (const [key, value] of Object.entries(section)) {
			const asListed = `${prefix}${key}`;
			const isRespelled = name === 'v1' && RESPELLED_V1.test(asListed);
			const spelled = isRespelled ? `${key.charAt(0).toLowerCase()}${key.slice(1)}` : key;
			const path = `${prefix}${spelled}`;
			if (isSection(value)) {
				const inside = copy(value, `${path}.`, isKept);
				if (Object.keys(inside).length > 0) copied[spelled] = inside;
			} else if (isKept(path)) copied[spelled] = value;
			else leftOut.add(path);
		}
		return copied;
	};

	return {
		leftOut,
		clean: (source, type) => {
			if (!isStored(source)) return source;
			const leaves = leavesOf(source);
			// Users of an identity provider, and hosts named before their ID was known, are written by ID alone.
			const isByIdAlone = 'problem' in identify((path) => leaves.get(path), type);
			const without = new Set(isByIdAlone ? NAMING_FIELDS[type] : []);
			return copy(source, '', (path) => isWritable(path, type) && !without.has(path));
		},
	};
};
