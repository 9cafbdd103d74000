/** Linking entities is not possible everywhere. */
import { KIBANA_VERSIONS } from '../../entity/fields';
import type { Failure } from '../../failure';
import type { Generation } from '../../kibana/generation';
import type { ResolutionApi } from '../../kibana/resolution';

const NONE_BEFORE: Failure = {
	reason: 'routeMissing',
	message: `${KIBANA_VERSIONS.v1} cannot link entities`,
	hint: 'Kibana 9.4 is the first that can, with an Enterprise licence',
};

/** Returns how entities are linked, or that they cannot be. */
export const requireResolution = ({
	resolution,
}: Generation): { readonly api: ResolutionApi } | { readonly failure: Failure } =>
	resolution === undefined ? { failure: NONE_BEFORE } : { api: resolution };
