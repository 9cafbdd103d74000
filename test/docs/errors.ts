/**
 * The text of the page of errors for each reason. The type ensures that no reason is missing. A test ensures
 * that every message of the node is listed, and that every listed message exists in the node.
 */
import type { FailureReason } from '../../nodes/KibanaEntityStore/failure';

export interface ErrorHelp {
	/** What has happened. */
	readonly cause: string;
	/** What to do, in n8n or in Kibana. */
	readonly fix: string;
	/** The text in the node; `…` stands for the part that varies, such as a field or Kibana's own text. */
	readonly messages: readonly string[];
}

export const ERRORS: Readonly<Record<FailureReason, ErrorHelp>> = {
	invalidRecord: {
		cause:
			'The item gives a record that Kibana would refuse, or leaves out what the operation needs. Nothing was sent.',
		fix: 'Fix the field that the message names, in the mapping or in the source. `details.fields` lists all wrong fields.',
		messages: [
			'Nothing names this …',
			'… expects …, got …',
			'… cannot be cleared: … only add to lists',
			'… inside the list',
			'… expects one of …, got …',
			'… expects … or more, got …',
			'… expects … or less, got …',
			'… expects a date in the years 0 to 9999',
			'… cannot be unassigned through the Entity Store API of this Kibana: unassign it on the page of the entity in Kibana',
			'… is given twice, nested and dotted',
			'… is not a field of a … entity',
			'… is not a field of a … entity (did you mean …?)',
			'… is not known to this Kibana (…, as in …), only to …',
			'… only names local accounts',
			'… expects an object with fields inside, got …',
			'… cannot be written: …',
			'entity.id does not agree with …, for which this Kibana has the ID "…"',
			'The item cannot be read: …',
			'The record is not valid JSON: see line …, column …',
			'The record must be a JSON object, got …',
			'The entity type must be one of …',
			'A space ID holds only lower-case letters, digits, _ and -',
			'There is no setting to change',
			'Choose an entity type',
			'The criticality must be one of …',
			'The wait timeout must be a number of seconds, 0 or more',
			'The item is of another … than the first one, so nothing was changed',
			'There is no such entity type',
			'There is no such criticality',
			'Choose a watchlist',
			'There is no watchlist with this ID',
			'… watchlists are named "…"',
			'A watchlist needs a name',
			'There is nothing to change',
			'A target is required',
			'A rule ID is required, without slashes',
			'The item has no entity ID',
			'…, so nothing was changed',
			'No field to find the entity by has a value',
			'A local account is found by its user name and the ID of its host together',
			'More than … entities have these values',
			'… entities have these values: …',
		],
	},
	protectedFields: {
		cause: 'Kibana protects these fields, and **Write Protected Fields** is off. Nothing was sent.',
		fix: 'Turn on **Write Protected Fields** or remove the fields from the mapping. [Which fields](fields.md).',
		messages: ['… is protected by Kibana', 'Protected by Kibana: …'],
	},
	expression: {
		cause: 'An expression of the mapping failed for this item.',
		fix: 'Open the node, select the item in the preview of the expression, and fix the expression.',
		messages: ['An expression of the mapping failed: …', 'An expression failed: …'],
	},
	refused: {
		cause:
			'Kibana or Elasticsearch refused the entity for a reason that the node does not check before it sends.',
		fix: 'Read the message of Kibana after the colon, or in `details.serverMessage`. For an error of Kibana itself (HTTP 500 and above), see its log.',
		messages: [
			'Kibana refused the entity',
			'Kibana refused the ID of the entity',
			'This Kibana does not unassign the criticality',
			'Kibana refused the request',
			'Kibana refused the request itself',
			'Kibana failed on the request (HTTP …)',
			'Elasticsearch refused the entity',
			'These background tasks kept their old API key: …',
			'This Kibana refused the history snapshot settings or the excluded user names',
			'Kibana refused the entity: …',
			'Kibana refused the target',
		],
	},
	tooLarge: {
		cause:
			'This one record is larger than the limit of a request. Too many records together are not an error: the node splits them.',
		fix: 'Map fewer or shorter values. If `server.maxPayload` of Kibana was raised, raise **Max Chunk Bytes** as well. If the [trigger](trigger.md) has too much to remember, let it watch fewer entities or fields.',
		messages: [
			'The entity alone has … bytes, more than fit into a request of …',
			'The entity alone is larger than this Kibana takes',
			'The request is larger than this Kibana takes',
			'The entity ID alone is larger than a request may be',
			'The entity ID is too long',
			'The trigger would have to remember … entities, more than …',
			'What the trigger has to remember of … entities takes … bytes, more than …',
		],
	},
	tooMany: {
		cause:
			'A guard of **Delete Missing** stopped the run: more entities were missing from the input than the options allow, or the input was empty. Nothing was changed.',
		fix: 'Look at the input first: a source that answers with half of its list is the usual cause. If it is right, raise **Max Percent** or **Max Count** for this run, or turn on **Allow Empty Input**. **Dry Run** lists the entities.',
		messages: [
			'… in scope would be …: more than the … allowed',
			'… in scope would be …: … %, more than the … % allowed',
			'The input is empty, so every entity in scope would be …',
		],
	},
	notFound: {
		cause:
			'There is no such entity, watchlist or rule in this space. An entity has to exist for **Update**, **Get** and **Delete**, and to be put on a watchlist, linked or given a criticality.',
		fix: 'Check the ID and the space, or the fields that [name the entity](identity.md). For **Update** choose **Create or Update**; for **Get** and **Delete** of an entity set **When Not Found**.',
		messages: [
			'Kibana has no such entity',
			'Kibana has no such watchlist',
			'There is no watchlist named "…" in this space',
			'Kibana has no such target',
			'Kibana has no such rule',
			'No entity fits the filters, so there is nothing to show',
		],
	},
	alreadyExists: {
		cause: 'The operation is **Create**, and the entity exists already.',
		fix: 'Choose **Create or Update** to write it in either case.',
		messages: ['The entity exists already'],
	},
	notCreatable: {
		cause: 'The entity does not exist, and the API cannot create it from the mapped fields.',
		fix: 'Map the fields that [name the entity](identity.md) and leave **Entity ID** out. Users of an identity provider appear when Kibana finds them in the logs.',
		messages: [
			'Kibana does not know this user yet, and users of an identity provider cannot be created through its API',
			'Kibana does not know this … yet, and cannot create one from an entity ID alone',
		],
	},
	notVerified: {
		cause: '**Verify** is on, and the entity was not found with the values that were sent.',
		fix: 'Look for the entity in Kibana. If it appears late, raise **Verify Timeout**. If it does not appear, see the logs of Kibana and Elasticsearch. Newer data may have replaced the values.',
		messages: [
			'…, but it was not found in the entity store …',
			'…, but these fields did not have the values sent …: …',
			'…; the execution was cancelled before it was read back',
		],
	},
	unauthorized: {
		cause: 'Kibana does not accept the API key or the user. They may be wrong, expired or revoked.',
		fix: 'Enter a valid key, or user and password, in the credential, and press **Test**.',
		messages: ['Kibana does not accept the credential'],
	},
	forbidden: {
		cause:
			'The key or user may not do this in the space of the item, or the licence of Kibana does not include it.',
		fix: 'Give it the Kibana privilege *Security: All* in this space, with *Entity Analytics* on Kibana 9.2 and 9.3 and for watchlists. [What each operation needs](credential.md#2-privileges-of-the-key). Watchlists need a Platinum licence, entity resolution an Enterprise licence.',
		messages: [
			'The credential lacks the privilege for this',
			'The licence of this Kibana does not include this',
		],
	},
	notInstalled: {
		cause: 'The entity store is not installed in this space, or not for this entity type.',
		fix: 'Install it with the operation **Install** of the resource **Store**, or in Kibana, in the space that the node writes to: *Security > Entity Store*, on 9.2 and 9.3 *Security > Manage > Entity Store*.',
		messages: [
			'Nothing can be written',
			'There is no entity store',
			'The entity store is switched off in this Kibana',
			'The feature is switched off in this Kibana',
			'The entity store is not installed in this space',
			'The entity store is not installed for …',
		],
	},
	notRunning: {
		cause: 'The entity store is not running in this space, or not for this entity type.',
		fix: 'Start it with the operation **Start** of the resource **Store**, or in Kibana, in the space that the node writes to: *Security > Entity Store*, on 9.2 and 9.3 *Security > Manage > Entity Store*. After an upgrade of Kibana, turn it off and on again.',
		messages: [
			'The entity store is not running',
			'The entity store was set up by an older Kibana',
			'The engine of … has stopped with an error',
			'The entity store was not ready within … seconds; its status is …',
		],
	},
	routeMissing: {
		cause: 'No Entity Store API answers at the base URL.',
		fix: 'Check the base URL: the address of Kibana, not of Elasticsearch, with its base path if it has one, and with `https://` if Kibana redirects to it. Set **API Generation** to *Auto*. Kibana before 9.2 has no such API.',
		messages: [
			'No Entity Store API was found at this address',
			'This Kibana has no such route',
			'This Kibana has no bulk route of the API generation v1 (PUT …)',
			'This Kibana has no route … of the API generation v2',
			'This Kibana has no route that deletes an entity',
			'The base URL answers with a redirect (HTTP …), which is not followed, so that the credential reaches no other address',
			'… keep no history snapshots',
			'… cannot change the settings of an entity store that is installed',
			'… cannot renew the API key of the entity store',
			'This Kibana cannot turn history snapshots on and off',
			'This Kibana cannot renew the API key of the entity store',
			'… have no watchlists',
			'This Kibana has no watchlists',
			'… cannot link entities',
			'This Kibana has no resolution rules',
		],
	},
	unreachable: {
		cause:
			'No connection to Kibana: no server answers at the address, the host name is not known, or the certificate is not trusted.',
		fix: 'The code in parentheses shows the cause: `ECONNREFUSED` (is Kibana running, is the port right?), `ENOTFOUND` (host name), `EHOSTUNREACH` (network), `SELF_SIGNED_…`, `UNABLE_TO_…` (let n8n trust the certificate authority, or turn on **Ignore SSL Issues**), `EPROTO` (`http://` or `https://`?).',
		messages: ['Kibana could not be reached (…)'],
	},
	overloaded: {
		cause: 'Kibana or Elasticsearch was busy or unavailable in all retries.',
		fix: 'Run the failed items again later. If it happens every night, raise **Max Retries**, lower **Concurrency**, or move the schedule. If others write while **Get Many** or the trigger reads a list, set filters that fit fewer entities.',
		messages: [
			'Kibana is overloaded',
			'Kibana is not available',
			'Kibana waited too long for the request',
			'The proxy in front of Kibana got no answer',
			'The proxy in front of Kibana waited too long',
			'Something else kept writing the entity at the same time',
			'Others kept writing entities faster than Kibana listed them',
			'Elasticsearch could not store the entity right now',
			'Stopped after … requests in a row failed permanently: …',
		],
	},
	noAnswer: {
		cause:
			'The request was sent and no answer was received, so the entity may or may not have been stored, or deleted. `details.status` is `unknown`. Where only a list was asked for, nothing was changed and the status is `failed`.',
		fix: 'Run the item again: it is safe to write or to delete an entity twice. If it happens often, lower **Chunk Size** or raise **Timeout**.',
		messages: [
			'Kibana did not answer … (…)',
			'An earlier answer was lost, so Kibana may have done it all the same',
		],
	},
	unexpectedAnswer: {
		cause:
			'The answer does not come from Kibana: often a proxy or a login page answered. The entity may or may not have been stored.',
		fix: 'Check the base URL and the proxy in front of Kibana. It is safe to run the item again.',
		messages: [
			'HTTP … came back, but not as Kibana answers',
			'Kibana reported failures that fit none of the entities sent, so this entity may or may not have been stored',
			'Kibana names the entity by something that fits none of those sent, so it may or may not have been stored',
			'It is not known what became of this entity',
			'Not sent: the node failed before it came to this item: …',
			'the node failed: …',
			'The node failed after requests were sent, so the entity may or may not have been stored: …',
			'The node failed while it sent this entity, so it may or may not have been stored: …',
			'Kibana did not say what became of this entity',
		],
	},
	invalidSetting: {
		cause: 'A setting of the node or of the credential is not valid. Nothing was sent.',
		fix: 'Fix the setting that the message names.',
		messages: [
			'The base URL is not a valid URL. Enter one such as https://kibana.example.com:5601',
			'The base URL must begin with https:// or http://',
			'The base URL must be an address alone, without user, password, query or #. Enter the user and the password in their own fields',
			'The Kibana Entity Store API credential has no API key',
			'The Kibana Entity Store API credential has no username',
			'A Kibana username cannot hold a colon',
			'… cannot tell whether an entity exists, so they can only create or update',
			'Option …: …',
			'There is no API generation "…"',
			'Option customIdentityProvider: name the identity provider',
			'The parameter force must be true or false',
			'There is no operation … of …',
			'… list entities without KQL',
			'The risk score must be a number from 0 to 100',
			'The entity types must be among …',
			'The risk level must be one of …',
			'The limit must be a whole number above 0',
			'Choose at least one event',
			'The events must be among …',
			'The risk score changes by a number above 0, and up to 100',
			'Name at least one field to watch',
			'… do not list …, so it cannot be watched',
			'Delete Missing needs a filter that says which entities the input is the whole list of',
			'The filter fits every entity',
			'The mark must be a JSON object',
			'The mark cannot be written: …',
			'The mark writes nothing',
			'The node could not start: …',
			'… have no setting …',
			'Nothing was uninstalled: "Confirm Uninstall" is off',
			'Kibana 9.4 and later read no criticality that the API generation v1 writes',
		],
	},
	deadlineExceeded: {
		cause: '**Max Run Time** was over before this entity was sent.',
		fix: 'Run the remaining items again, or raise **Max Run Time** in the options.',
		messages: ['Not sent…: the time limit of the run is over'],
	},
	cancelled: {
		cause: 'The execution was cancelled before this entity was written.',
		fix: 'Run the item again.',
		messages: [
			'Not sent…: the execution was cancelled',
			'Nothing was sent: the execution was cancelled before the version of Kibana was known',
			'The execution was cancelled before Kibana answered',
			'Not sent: the execution was cancelled',
			'The execution was cancelled while Kibana was still at work',
			'Not read: the execution was cancelled',
		],
	},
};
