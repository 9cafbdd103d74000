/** The command line of the test Kibana. */
import { REVISIONS, type KibanaOptions, type Switches } from './options';

type Kind = 'text' | 'number' | 'flag' | readonly string[];

interface Argument {
	readonly option: keyof KibanaOptions;
	readonly kind: Kind;
	readonly help: string;
	/** The value of a flag without a value; true by default. */
	readonly value?: boolean;
}

const ARGUMENTS: Readonly<Record<string, Argument>> = {
	api: {
		option: 'api',
		kind: ['v1', 'v2', 'both'],
		help: 'the generations that are served; v2, or that of the revision',
	},
	revision: {
		option: 'revision',
		kind: Object.keys(REVISIONS),
		help: 'the switches of this Kibana; 9.3, or 9.4 where v2 is served',
	},
	port: { option: 'port', kind: 'number', help: '5601, or any free port when it is taken' },
	'base-path': { option: 'basePath', kind: 'text', help: 'such as /kbn' },
	version: { option: 'version', kind: 'text', help: 'what /api/status says' },
	flavor: {
		option: 'flavor',
		kind: ['traditional', 'serverless'],
		help: 'what /api/status says',
	},
	license: {
		option: 'license',
		kind: ['basic', 'platinum', 'enterprise'],
		help: 'enterprise by default',
	},
	digest: { option: 'digest', kind: ['sha256', 'md5'], help: 'of the _id of a failed row' },
	'max-payload': { option: 'maxPayloadBytes', kind: 'number', help: 'bytes; 1048576 by default' },
	'visible-after': {
		option: 'visibleAfterMs',
		kind: 'number',
		help: 'milliseconds until v1 lists a row; 0 by default',
	},
	'refresh-delay': {
		option: 'refreshDelayMs',
		kind: 'number',
		help: 'milliseconds that a write of v2 waits; 0 by default',
	},
	'refresh-interval': {
		option: 'refreshIntervalMs',
		kind: 'number',
		help: 'milliseconds that a deleted entity is still listed; 1000 by default',
	},
	model: {
		option: 'model',
		kind: 'flag',
		help: 'one event loop, and a refresh every second, as below',
	},
	'refresh-cycle': {
		option: 'refreshCycleMs',
		kind: 'number',
		help: 'milliseconds between refreshes, which v2 waits for; model: 1000',
	},
	'create-work': {
		option: 'createWorkMs',
		kind: 'number',
		help: 'milliseconds of work for a creation; model: 3',
	},
	'bulk-work': {
		option: 'bulkWorkMs',
		kind: 'number',
		help: 'milliseconds of work for 1,000 rows of bulk; model: 70',
	},
	'other-work': {
		option: 'otherWorkMs',
		kind: 'number',
		help: 'milliseconds of work for any other request; model: 1',
	},
	'requests-per-second': {
		option: 'requestsPerSecond',
		kind: 'number',
		help: 'more are refused with a 429; reading is not counted',
	},
	'install-delay': {
		option: 'installDelayMs',
		kind: 'number',
		help: 'milliseconds that an installation takes; 0 by default',
	},
	'uninstall-delay': {
		option: 'uninstallDelayMs',
		kind: 'number',
		help: 'milliseconds that an uninstallation takes; 0 by default',
	},
	uninstalled: {
		option: 'installed',
		kind: 'flag',
		value: false,
		help: 'no store of v2 is installed at the start',
	},
	'feature-off': {
		option: 'featureEnabled',
		kind: 'flag',
		value: false,
		help: 'v2 answers 501',
	},
	'hides-version': {
		option: 'hidesVersion',
		kind: 'flag',
		help: '/api/status gets no credentials',
	},
	'lists-live': {
		option: 'listsLive',
		kind: 'flag',
		help: "v1's list shows entities as a live Kibana's",
	},
};

/** The description of each switch in the help. */
const SWITCHES: Readonly<Record<keyof Switches, string>> = {
	strictKeys: 'v2 refuses unknown keys',
	laterNames: 'permissions and known_redirects instead of the names of 9.4',
	nullCriticality: 'asset.criticality: null is valid',
	commaLists: 'source is read as a comma list',
	listsUninstalled: 'a list without a store is empty instead of a 500',
	missingLinkStatus: '400 or 404, when an entity to link is missing',
	namesEntityType: 'resolution answers carry entity_type',
	resolutionRules: 'the routes of resolution rules are served',
	routesByType: 'the routes that install one type are served',
	historySnapshotRoutes: 'the routes of the history snapshot are served',
	laterSettings: 'settings beside logExtraction can be changed',
	dropsSharedIndex: 'uninstalling one type removes all entities',
	xsrfExemptsKeys: 'no kbn-xsrf is needed beside an API key',
	singleUpsertCreates: "v1's single upsert shows a new entity at once",
	deletesByPath: "v1's deletion takes the ID in the path",
};

const dashed = (name: string): string =>
	name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Switches as arguments: `--null-criticality on`. */
const SWITCH_ARGUMENTS: Readonly<Record<string, Argument>> = Object.fromEntries(
	Object.entries(SWITCHES).map(([option, help]) => {
		const kind = option === 'missingLinkStatus' ? ['400', '404'] : ['on', 'off'];
		return [dashed(option), { option: option as keyof Switches, kind, help }];
	}),
);

const ALL = { ...ARGUMENTS, ...SWITCH_ARGUMENTS };

const shape = ({ kind }: Argument): string => {
	if (kind === 'flag') return '';
	return kind === 'text' || kind === 'number' ? ` <${kind}>` : ` ${kind.join('|')}`;
};

const linesOf = (table: Readonly<Record<string, Argument>>): string[] =>
	Object.entries(table).map(([name, argument]) => {
		const usage = `  --${name}${shape(argument)}`;
		return `${usage.padEnd(40)} ${argument.help}`;
	});

/** The output of `--help`. */
export const HELP = [
	'Starts a Kibana to try things with. It listens on 127.0.0.1 and forgets everything at the end.',
	'',
	'  npm run kibana -- --revision 9.6 --uninstalled',
	'',
	...linesOf(ARGUMENTS),
	'  --help'.padEnd(40) + ' this text',
	'',
	'Differences between revisions, each by itself:',
	'',
	...linesOf(SWITCH_ARGUMENTS),
].join('\n');

const valueOf = (name: string, kind: Exclude<Kind, 'flag'>, given: string | undefined): unknown => {
	if (given === undefined) throw new Error(`--${name} needs a value`);
	if (kind === 'text') return given;
	if (kind === 'number') {
		if (/^\d+$/.test(given)) return Number(given);
		throw new Error(`--${name} is a number`);
	}
	if (!kind.includes(given)) throw new Error(`--${name} is one of ${kind.join(', ')}`);
	if (kind.includes('on')) return given === 'on';
	return kind.includes('404') ? Number(given) : given;
};

/**
 * Reads a command line.
 *
 * @returns the options, or undefined when help is requested
 * @throws when an argument is unknown or has a wrong value
 */
export const readArguments = (given: readonly string[]): KibanaOptions | undefined => {
	if (given.includes('--help') || given.includes('-h')) return undefined;
	const options: Partial<Record<keyof KibanaOptions, unknown>> = {};
	for (let at = 0; at < given.length; at += 1) {
		const name = given[at]?.replace(/^--/, '') ?? '';
		const argument =
			given[at]?.startsWith('--') && Object.hasOwn(ALL, name) ? ALL[name] : undefined;
		if (argument === undefined) {
			throw new Error(`${given[at]} is unknown; npm run kibana -- --help lists what there is`);
		}
		const { option, kind, value = true } = argument;
		if (kind === 'flag') {
			options[option] = value;
		} else {
			at += 1;
			options[option] = valueOf(name, kind, given[at]);
		}
	}
	return options as KibanaOptions;
};
