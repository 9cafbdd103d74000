/** What Kibana refuses in the same words on several routes of the entity store and of its neighbours. */
import type { Failure } from '../failure';
import type { Wording } from './failures';
import type { Problem } from './http/answer';

/** The failure of an entity that an answer about several entities leaves out. */
export const NOT_NAMED: Failure = {
	reason: 'unexpectedAnswer',
	message: 'Kibana did not say what became of this entity',
	hint: 'Run the item again: doing it twice does no harm',
	mayBeStored: true,
};

/** No repeat changes that the feature is off (docs/kibana-api.md#v2). */
export const SWITCHED_OFF: Wording = {
	reason: 'notInstalled',
	text: 'The entity store is switched off in this Kibana',
	hint: 'Turn on the advanced setting securitySolution:entityStoreEnableV2',
};

const LICENCE = /licen[sc]e/i;
const NOT_INSTALLED = /^Entity store is not installed/i;

/**
 * Returns what a refusal means, or undefined when it says no more than its status.
 *
 * @param message of Kibana, word for word
 */
export const wordingOfRefusal = (
	{ kind, status }: Problem,
	message: string,
): Wording | undefined => {
	if (status === 403 && LICENCE.test(message)) {
		return {
			text: 'The licence of this Kibana does not include this',
			hint: 'Watchlists need Platinum and entity resolution needs Enterprise, or the tier of Serverless that includes them',
		};
	}
	if ((status === 400 || status === 404) && NOT_INSTALLED.test(message)) {
		return { reason: 'notInstalled', text: 'There is no entity store', fix: 'installStore' };
	}
	return kind === 'switchedOff' ? SWITCHED_OFF : undefined;
};
