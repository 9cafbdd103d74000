import type { EntityType } from '../entity/fields';

/** What a field mapping is for: one entity type, or `mixed` where each item has a type of its own. */
export type MappedType = EntityType | 'mixed';

/**
 * The values of a field mapping by field path, as the editor stores them: expressions begin with `=`,
 * other text is a constant.
 *
 * Not every field is known to both generations of the API, so whoever fills a mapping leaves out what
 * the catalogue does not list for the Kibana in question.
 */
export type SourceFields = Readonly<Record<string, string>>;

/** A system that entities come from, and how its items fill a field mapping. */
export interface Source {
	/** Shown in the editor. */
	readonly name: string;
	/** Stored in the workflow. */
	readonly value: string;
	/** The node or request whose output the expressions read, and how to set it up. */
	readonly description: string;
	/** Public references of what the system sends. */
	readonly docs: readonly string[];
	/** The mapping for each type that the source can fill. */
	readonly fields: Readonly<Partial<Record<MappedType, SourceFields>>>;
}
