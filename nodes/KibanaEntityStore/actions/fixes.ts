/** What the user can change in the editor to fix a failure, with the labels of the editor. */
import { joinSentences, type Failure, type Fix } from '../failure';

const CREDENTIAL = 'the Kibana Entity Store API credential';

const FIXES: Readonly<Record<Fix, string>> = {
	addressUsers: 'Or leave Entity ID out and set "Identity Provider" in the options',
	apiGeneration: 'Set "API Generation" in the options to Auto',
	baseUrl: `Check the base URL in ${CREDENTIAL}, with its base path if Kibana has one`,
	createOrUpdate: 'Choose the operation "Create or Update" to write it in either case',
	createOwnUser: 'Or set "Identity Provider" to None to keep a user of your own',
	credential: `Check the API key, or the user and password, in ${CREDENTIAL}: it may be wrong, expired or revoked`,
	force: 'Turn on "Write Protected Fields" in the node, or leave these fields out of the mapping',
	installStore: 'The operation "Install" of the resource "Store" installs it from a workflow',
	localProvider:
		'Set "Identity Provider" in the options to Local, or leave this field out of the mapping',
	maxRunTime: 'Raise "Max Run Time" in the options, or run the items again that are left',
	narrowFilter:
		'Let the trigger watch fewer entities with "Entity Types" or "Filters", or fewer fields',
	requestSize: 'If it happens often, lower "Chunk Size" or raise "Timeout" in the options',
	scheme: 'Check whether the base URL should begin with http:// or https://',
	startStore: 'The operation "Start" of the resource "Store" starts it from a workflow',
	timeout: 'If it happens often, raise "Timeout" in the options',
	trust:
		'Let n8n trust the certificate authority of Kibana, or turn on "Ignore SSL Issues" in the credential',
};

/** Returns how to fix a failure, in whole sentences, or undefined if nothing is known. */
export const adviceFor = ({ hint, fix }: Pick<Failure, 'hint' | 'fix'>): string | undefined => {
	const sentences = [hint, fix && FIXES[fix]].filter((one) => one !== undefined);
	return sentences.length > 0 ? joinSentences(...sentences) : undefined;
};

/** Returns the failure with the text of its fix added to its hint. */
export const withAdvice = ({ fix, ...failure }: Failure): Failure => {
	const hint = adviceFor({ ...failure, ...(fix && { fix }) });
	return hint === undefined ? failure : { ...failure, hint };
};
