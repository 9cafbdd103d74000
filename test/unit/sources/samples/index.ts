/** What each source sends, and the records that its expressions make of it. */
import type { IDataObject } from 'n8n-workflow';

import type { GenerationName } from '../../../../nodes/KibanaEntityStore/entity/fields';
import type { MappedType } from '../../../../nodes/KibanaEntityStore/sources';
import activeDirectory from './activeDirectory.json';
import assetInventoryCsv from './assetInventoryCsv.json';
import aws from './aws.json';
import crowdStrike from './crowdStrike.json';
import entraId from './entraId.json';
import googleWorkspace from './googleWorkspace.json';
import intune from './intune.json';
import jamf from './jamf.json';
import okta from './okta.json';
import serviceNow from './serviceNow.json';

export interface Sample {
	readonly title: string;
	readonly type: MappedType;
	/** As the source's node hands it out. */
	readonly item: IDataObject;
	/** The record for each generation of the API. */
	readonly records: Readonly<Record<GenerationName, IDataObject>>;
}

/** The samples of each source, by the value that the workflow stores. */
export const SAMPLES = new Map(
	Object.entries({
		activeDirectoryUser: activeDirectory,
		assetInventoryCsv,
		awsResource: aws,
		crowdStrikeHost: crowdStrike,
		entraIdUser: entraId,
		googleWorkspaceUser: googleWorkspace,
		intuneDevice: intune,
		jamfComputer: jamf,
		oktaUser: okta,
		serviceNowCi: serviceNow,
	}) as unknown as Array<[value: string, samples: readonly Sample[]]>,
);
