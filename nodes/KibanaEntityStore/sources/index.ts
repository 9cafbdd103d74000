/**
 * Where entities come from: for each source the expressions that fill a field mapping with what it
 * really sends. Plain data, which the editor shows and the user changes.
 */
import { activeDirectory } from './activeDirectory';
import { assetInventoryCsv } from './assetInventoryCsv';
import { aws } from './aws';
import { crowdStrike } from './crowdStrike';
import { entraId } from './entraId';
import { googleWorkspace } from './googleWorkspace';
import { intune } from './intune';
import { jamf } from './jamf';
import { okta } from './okta';
import { serviceNow } from './serviceNow';
import type { MappedType, Source, SourceFields } from './source';

export type { MappedType, Source, SourceFields } from './source';

/** Every source, in the order in which the editor lists them: by name. */
export const SOURCES: readonly Source[] = [
	activeDirectory,
	aws,
	crowdStrike,
	assetInventoryCsv,
	entraId,
	googleWorkspace,
	intune,
	jamf,
	okta,
	serviceNow,
];

/** The sources that can fill a mapping of this type, by name. */
export const sourcesFor = (type: MappedType): readonly Source[] =>
	SOURCES.filter(({ fields }) => fields[type] !== undefined);

/**
 * The values that a source fills a mapping of this type with.
 *
 * @param value the source as the workflow stores it
 * @returns undefined for an unknown source, and for one that has no entities of the type
 */
export const fieldsOfSource = (value: unknown, type: MappedType): SourceFields | undefined =>
	SOURCES.find((source) => source.value === value)?.fields[type];
