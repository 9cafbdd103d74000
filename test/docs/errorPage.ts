import { ERRORS } from './errors';

/** Returns the page of errors, generated from the catalogue of errors. */
export const errorPage = (): string =>
	[
		'# Every error of the node, its cause and its fix',
		'',
		'Written by `npm run docs`. A failed item holds the reason in `details.reason`, the message in `error`, and',
		'the fix in `message`. With _Stop Workflow_ the node names each message once, with the items that it',
		'affects. `…` stands for the part that varies, such as the field, or the message of Kibana.',
		'',
		...Object.entries(ERRORS)
			.sort(([one], [other]) => one.localeCompare(other))
			.flatMap(([reason, { cause, fix, messages }]) => [
				`## ${reason}`,
				'',
				cause,
				'',
				`**What to do.** ${fix}`,
				'',
				...messages.map((message) => `- \`${message}\``),
				'',
			]),
	].join('\n');
