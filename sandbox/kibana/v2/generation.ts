/** One Kibana of the second generation, as its routes use it. */
import type { License, Settings } from '../options';
import type { ItemRule, RowRule } from '../rules';
import type { LatestIndex } from './latestIndex';
import type { Lifecycle } from './lifecycle';
import { createRoute, end, type Route } from './route';
import type { Call } from '../endpoint';
import type { Answer } from '../http';

export interface SecondGeneration {
	readonly index: LatestIndex;
	readonly lifecycle: Lifecycle;
	readonly settings: Settings;
	/** IDs of disabled resolution rules, with their space. */
	readonly disabledRules: Set<string>;
	isEnabled(): boolean;
	license(): License;
	/** Waits until the writes of a space can be searched. */
	refreshed(space: string): Promise<void>;
	/** Rule by which a row fails a whole bulk or create request. */
	rowRule(): RowRule | undefined;
	/** Rule by which a row of a bulk request fails alone. */
	itemRule(): ItemRule | undefined;
	/** Counts a bulk request that tries to write these entities. */
	countAttempts(space: string, ids: ReadonlySet<string>): (id: string) => number;
}

const requireFeature = (kibana: SecondGeneration): void => {
	if (!kibana.isEnabled()) end(501, 'Entity store v2 not enabled (feature flag not enabled)');
};

/** Creates a route that requires the feature. */
export const route = <Input>(
	read: (kibana: SecondGeneration, call: Call) => Input,
	work: (kibana: SecondGeneration, input: Input, call: Call) => Answer | Promise<Answer>,
): Route<SecondGeneration> => createRoute(read, requireFeature, work);

/** Creates a route that also requires the Enterprise licence (docs/kibana-api.md#resolution). */
export const enterpriseRoute = <Input>(
	read: (kibana: SecondGeneration, call: Call) => Input,
	work: (kibana: SecondGeneration, input: Input, call: Call) => Answer | Promise<Answer>,
): Route<SecondGeneration> =>
	createRoute(
		read,
		(kibana) => {
			requireFeature(kibana);
			if (kibana.license() !== 'enterprise') {
				end(403, 'Entity Resolution requires an Enterprise license');
			}
		},
		work,
	);
