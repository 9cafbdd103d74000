/**
 * Runs one node on n8n's own engine, inside the test process: the real workflow loop, expressions,
 * error routing, retries and HTTP helpers of n8n-core, without a server or a database.
 *
 * n8n-core promises none of this API between releases. Its version is pinned in package.json, and
 * this file is the only one that knows it.
 */
import 'reflect-metadata';
import {
	ExecutionLifecycleHooks,
	ExternalSecretsProxy,
	LoadOptionsContext,
	WorkflowExecute,
} from 'n8n-core';
import {
	ICredentialsHelper,
	isExpression,
	NodeConnectionTypes,
	NodeHelpers,
	UnexpectedError,
	Workflow,
} from 'n8n-workflow';
import type {
	ExecutionError,
	ExecutionStatus,
	IAuthenticateGeneric,
	IConnections,
	ICredentialDataDecryptedObject,
	ICredentials,
	ICredentialType,
	IDataObject,
	IHttpRequestOptions,
	INode,
	INodeCredentialsDetails,
	INodeExecutionData,
	INodeListSearchResult,
	INodeParameters,
	INodeProperties,
	INodeType,
	INodeTypes,
	IRequestOptionsSimplified,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	NodeExecutionHint,
	OnError,
	ResourceMapperFields,
} from 'n8n-workflow';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names of the nodes of the workflow. Expressions may use `$('Start')`. */
const START = 'Start';
const SUCCESS = 'Success';
const ERROR = 'Error';

const PACKAGE_NAME = 'n8n-nodes-kibana-entity-store';

/** A node type: a class, as n8n's loader finds it, or an instance. */
export type NodeUnderTest = INodeType | (new () => INodeType);

/** The input of a user for the node, for a run or for a list. */
export interface NodeSetup {
	/** Parameters as the editor saves them. Missing ones get the default of the node. */
	readonly parameters: INodeParameters;
	/** Every credential type of the node, including the parents in `extends`. */
	readonly credentialTypes?: readonly ICredentialType[];
	/** Values by credential type name. Only types in this list are selected on the node. */
	readonly credentials?: Readonly<Record<string, ICredentialDataDecryptedObject>>;
}

export interface EngineRun extends NodeSetup {
	readonly node: NodeUnderTest;
	/**
	 * The output of `Start`: items, or plain objects that become the `json` of an item. They are copied. A function
	 * is called when `Start` runs, and its result is not copied.
	 */
	readonly items: ReadonlyArray<INodeExecutionData | IDataObject> | (() => INodeExecutionData[]);
	/** The setting "On Error" of the node. */
	readonly onError?: OnError;
	/** The setting "Retry On Fail", with n8n's own limits: 2 to 5 tries, by default 1000 ms apart. */
	readonly retryOnFail?: boolean;
	readonly maxTries?: number;
	/** Milliseconds between tries. n8n treats 0 as its default of 1000. */
	readonly waitBetweenTries?: number;
	/** Milliseconds after which the execution is stopped, as with the stop button of the editor. */
	readonly cancelAfterMs?: number;
}

export interface EngineResult {
	/**
	 * `[success, error]` of the node under test. Both are empty when it stopped the workflow or did not run. When it
	 * threw and On Error let the workflow continue, n8n passes its *input* on as success.
	 */
	readonly outputs: INodeExecutionData[][];
	/**
	 * The error of the node, also when On Error let the workflow continue. The engine stores a plain copy: own fields
	 * (`name`, `description`, `context`, `httpCode`) are kept, `instanceof` does not work.
	 */
	readonly error?: ExecutionError;
	/** From `addExecutionHints`. The engine keeps no hints when the node throws. */
	readonly hints: NodeExecutionHint[];
	/** Status of the execution: `success` even if the node threw and On Error let it continue. */
	readonly status: ExecutionStatus;
	/** Milliseconds of the node, including retries. */
	readonly executionTime: number;
	/** The whole execution as n8n would store it. */
	readonly finished: IRun;
}

export interface StartedRun {
	readonly result: Promise<EngineResult>;
	/** Stops the execution, as with the stop button of the editor. `result` still resolves. */
	cancel(): void;
}

/**
 * Runs the node once and returns its output. A node that throws is a result, not a rejection.
 *
 * @throws WorkflowHasIssuesError when n8n's check refuses the parameters before the start, and errors of the engine
 * itself, for example for an item without json.
 */
export async function runNode(run: EngineRun): Promise<EngineResult> {
	return await startRun(run).result;
}

/** Same as `runNode`, but returns at once, so that the execution can be stopped during the run. */
export function startRun(run: EngineRun): StartedRun {
	const stop = new AbortController();
	return { result: execute(run, stop.signal), cancel: () => stop.abort() };
}

/** Answers "From list" of a resource locator: runs `methods.listSearch[methodName]` of the node. */
export async function callListSearch(
	node: NodeUnderTest,
	methodName: string,
	setup: NodeSetup & { readonly filter?: string; readonly paginationToken?: string },
): Promise<INodeListSearchResult> {
	const nodeType = instantiate(node);
	const method = nodeType.methods?.listSearch?.[methodName];
	if (!method) throw new UnexpectedError(`The node has no listSearch method "${methodName}"`);
	return await method.call(
		loadOptionsContext(nodeType, setup),
		setup.filter,
		setup.paginationToken,
	);
}

/** Answers a resource mapper: runs `methods.resourceMapping[methodName]` of the node. */
export async function callResourceMapping(
	node: NodeUnderTest,
	methodName: string,
	setup: NodeSetup,
): Promise<ResourceMapperFields> {
	const nodeType = instantiate(node);
	const method = nodeType.methods?.resourceMapping?.[methodName];
	if (!method) throw new UnexpectedError(`The node has no resourceMapping method "${methodName}"`);
	return await method.call(loadOptionsContext(nodeType, setup));
}

async function execute(run: EngineRun, stop: AbortSignal): Promise<EngineResult> {
	const nodeType = instantiate(run.node);
	const node = nodeFor(nodeType, run);
	const start = startNode(itemsOf(run));
	const success = collectorNode(SUCCESS);
	const error = collectorNode(ERROR);
	const workflow = new Workflow({
		id: 'engine-test',
		name: 'Engine test',
		nodes: [nodeOf(START, start), node, nodeOf(SUCCESS, success), nodeOf(ERROR, error)],
		connections: connectionsOf(node),
		active: false,
		nodeTypes: nodeTypesOf([start, nodeType, success, error]),
		settings: { executionOrder: 'v1' },
	});
	const additionalData = additionalDataFor(workflow, run);

	const running = new WorkflowExecute(additionalData, 'manual').run({
		workflow,
		startNode: workflow.getNode(START)!,
	});
	const cancel = () => running.cancel();
	stop.addEventListener('abort', cancel);
	const timer = run.cancelAfterMs === undefined ? undefined : setTimeout(cancel, run.cancelAfterMs);
	try {
		return readResult(await running, node.name);
	} finally {
		clearTimeout(timer);
	}
}

function readResult(finished: IRun, nodeName: string): EngineResult {
	const { runData, error } = finished.data.resultData;
	const task = runData[nodeName]?.at(-1);
	// Without a task the engine itself failed. This must not look like "the node returned nothing".
	if (!task && error && finished.status !== 'canceled') {
		throw Object.assign(new Error(error.message), error);
	}
	const main = task?.data?.main ?? [];
	return {
		outputs: [main[0] ?? [], main[1] ?? []],
		error: task?.error,
		hints: task?.hints ?? [],
		status: finished.status,
		executionTime: task?.executionTime ?? 0,
		finished,
	};
}

/** Creates the context of the editor's request for a list, in a workflow with only this node. */
function loadOptionsContext(nodeType: INodeType, setup: NodeSetup): LoadOptionsContext {
	const workflow = new Workflow({
		nodes: [nodeFor(nodeType, setup)],
		connections: {},
		active: false,
		nodeTypes: nodeTypesOf([nodeType]),
	});
	const node = Object.values(workflow.nodes)[0]!;
	const additionalData = {
		...additionalDataFor(workflow, setup),
		// The editor sends the parameters with their defaults; Workflow has filled them in.
		currentNodeParameters: node.parameters,
	};
	return new LoadOptionsContext(workflow, node, additionalData, '');
}

export function instantiate(node: NodeUnderTest): INodeType {
	return typeof node === 'function' ? new node() : node;
}

/** The node under test as the editor saves it: settings that the user did not change are absent. */
export function nodeFor(nodeType: INodeType, setup: NodeSetup & Partial<EngineRun>): INode {
	const { onError, retryOnFail, maxTries, waitBetweenTries, credentials } = setup;
	const selected = Object.keys(credentials ?? {}).map((name) => [name, { id: name, name }]);
	const { defaults, displayName } = nodeType.description;
	return {
		...nodeOf(String(defaults.name ?? displayName), nodeType),
		parameters: copyOf(setup.parameters),
		...(credentials && { credentials: Object.fromEntries(selected) }),
		...(onError && { onError }),
		...(retryOnFail && { retryOnFail }),
		...(maxTries && { maxTries }),
		...(waitBetweenTries && { waitBetweenTries }),
	};
}

function nodeOf(name: string, nodeType: INodeType): INode {
	const { version, defaultVersion } = nodeType.description;
	return {
		id: name,
		name,
		type: typeNameOf(nodeType),
		typeVersion: defaultVersion ?? [version].flat().at(-1)!,
		position: [0, 0],
		parameters: {},
	};
}

/** n8n prefixes the name of a node type with its package. */
function typeNameOf(nodeType: INodeType): string {
	return `${PACKAGE_NAME}.${nodeType.description.name}`;
}

export function nodeTypesOf(types: readonly INodeType[]): INodeTypes {
	const byName = new Map(types.map((nodeType) => [typeNameOf(nodeType), nodeType]));
	const find = (name: string) => {
		const nodeType = byName.get(name);
		if (!nodeType) throw new UnexpectedError(`Unknown node type "${name}"`);
		return nodeType;
	};
	return {
		getByName: find,
		getByNameAndVersion: find,
		getKnownTypes: () => Object.fromEntries([...byName.keys()].map((name) => [name, {}])),
	};
}

/** The error output is a separate connection, and exists only with this setting. */
function connectionsOf(node: INode): IConnections {
	const to = (name: string) => [{ node: name, type: NodeConnectionTypes.Main, index: 0 }];
	const outputs = node.onError === 'continueErrorOutput' ? [to(SUCCESS), to(ERROR)] : [to(SUCCESS)];
	return { [START]: { main: [to(node.name)] }, [node.name]: { main: outputs } };
}

function itemsOf({ items }: EngineRun): () => INodeExecutionData[] {
	if (typeof items === 'function') return items;
	const copies = items.map(toItem);
	return () => copies;
}

function startNode(items: () => INodeExecutionData[]): INodeType {
	return {
		description: { ...tinyDescription(START), inputs: [] },
		execute: async () => [items()],
	};
}

function collectorNode(name: string): INodeType {
	return {
		description: tinyDescription(name),
		async execute() {
			return [this.getInputData()];
		},
	};
}

function tinyDescription(name: string): INodeType['description'] {
	return {
		displayName: name,
		name: `test${name}`,
		group: ['transform'],
		version: 1,
		description: '',
		defaults: { name },
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	};
}

/** The keys of an item in these tests besides `json`. */
const ITEM_KEYS: readonly string[] = ['json', 'binary', 'error', 'pairedItem'];

/** A plain object becomes the `json` of an item, also when it has a field `json` among others. */
function toItem(data: INodeExecutionData | IDataObject): INodeExecutionData {
	const isItem = 'json' in data && Object.keys(data).every((key) => ITEM_KEYS.includes(key));
	return copyOf(isItem ? (data as INodeExecutionData) : { json: data as IDataObject });
}

/**
 * Copies arrays and plain objects, so that neither the engine nor the node can change the objects of a test.
 * Instances are not copied: nodes pass on luxon dates, which are immutable, and a structured clone would remove
 * their class.
 */
function copyOf<T>(value: T): T {
	if (Array.isArray(value)) return value.map(copyOf) as T;
	if (typeof value !== 'object' || value === null) return value;
	if (![Object.prototype, null].includes(Object.getPrototypeOf(value))) return value;
	return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copyOf(field)])) as T;
}

/** What n8n's server provides to an execution. The URLs must be valid, or every expression fails. */
export function additionalDataFor(
	workflow: Workflow,
	setup: NodeSetup,
): IWorkflowExecuteAdditionalData {
	readInstanceSettings();
	const base = 'http://n8n.invalid';
	const workflowData: IWorkflowBase = {
		id: workflow.id,
		name: workflow.name ?? '',
		active: false,
		activeVersionId: null,
		isArchived: false,
		createdAt: new Date(),
		updatedAt: new Date(),
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
	};
	return {
		executionId: '1',
		currentNodeExecutionIndex: 0,
		credentialsHelper: new PlainCredentials(setup.credentialTypes ?? [], setup.credentials ?? {}),
		hooks: new ExecutionLifecycleHooks('manual', '1', workflowData),
		externalSecretsProxy: new ExternalSecretsProxy(),
		variables: {},
		restApiUrl: `${base}/rest`,
		instanceBaseUrl: `${base}/`,
		formBaseUrl: `${base}/form`,
		formWaitingBaseUrl: `${base}/form-waiting`,
		formTestBaseUrl: `${base}/form-test`,
		webhookBaseUrl: `${base}/webhook`,
		webhookWaitingBaseUrl: `${base}/webhook-waiting`,
		webhookTestBaseUrl: `${base}/webhook-test`,
		mcpBaseUrl: `${base}/mcp`,
		mcpTestBaseUrl: `${base}/mcp-test`,
		logAiEvent: () => {},
		executeWorkflow: needsServer,
		startRunnerTask: needsServer,
		getRuntimeCredential: needsServer,
		getRunExecutionData: needsServer,
	};
}

async function needsServer(): Promise<never> {
	throw new UnexpectedError('This needs a running n8n, not only its engine');
}

let areInstanceSettingsRead = false;

/**
 * n8n writes an instance key into the user's n8n folder when the first context is created, and keeps it in memory
 * from then on. Here it gets a temporary folder, which is removed after it has been read.
 */
function readInstanceSettings(): void {
	if (areInstanceSettingsRead) return;
	const folder = mkdtempSync(join(tmpdir(), 'n8n-engine-'));
	process.env.N8N_USER_FOLDER = folder;
	// A node that throws is a result here. n8n would also print the error.
	process.env.N8N_LOG_LEVEL ??= 'silent';
	const nothing = {} as never;
	new LoadOptionsContext(nothing, nothing, nothing, '');
	rmSync(folder, { recursive: true });
	areInstanceSettingsRead = true;
}

/**
 * Credentials in plain objects instead of a database. For a node they behave like n8n's own `CredentialsHelper`
 * (packages/cli/src/credentials-helper.ts). Expressions in credential values and tokens that expire are not
 * supported.
 */
class PlainCredentials extends ICredentialsHelper {
	constructor(
		private readonly types: readonly ICredentialType[],
		private readonly values: Readonly<Record<string, ICredentialDataDecryptedObject>>,
	) {
		super();
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		options: IHttpRequestOptions | IRequestOptionsSimplified,
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const requestOptions = options as IHttpRequestOptions;
		const { authenticate } = this.typeOf(typeName);
		if (!authenticate) return requestOptions;
		if (typeof authenticate === 'function') return await authenticate(credentials, requestOptions);
		if (!workflow || !node) {
			throw new UnexpectedError('A generic authenticate needs the workflow and the node');
		}

		const resolve = (value: string): string => {
			if (!isExpression(value)) return value;
			const keys = { $credentials: credentials };
			const { expression } = workflow;
			return String(
				expression.getSimpleParameterValue(node, value, 'internal', keys, undefined, '') || '',
			);
		};
		// n8n changes the given options too, so a node that reuses them sees the same effect.
		const target = requestOptions as unknown as Record<string, IDataObject | undefined>;
		target.headers ??= {};
		const { properties } = authenticate as IAuthenticateGeneric;
		for (const [part, fields] of Object.entries(properties)) {
			const resolved = (target[part] ??= {});
			for (const [key, value] of Object.entries<string>(fields)) {
				resolved[resolve(key)] = resolve(value);
			}
		}
		return requestOptions;
	}

	/** Values as from the editor: with defaults, and without fields that `displayOptions` hides. */
	async getDecrypted(
		_additionalData: IWorkflowExecuteAdditionalData,
		_nodeCredentials: INodeCredentialsDetails,
		typeName: string,
	): Promise<ICredentialDataDecryptedObject> {
		const values = this.values[typeName];
		if (!values) throw new UnexpectedError(`No credential of type "${typeName}"`);
		const properties = this.getCredentialsProperties(typeName);
		const stored = copyOf(values) as INodeParameters;
		const filled = NodeHelpers.getNodeParameters(properties, stored, true, false, null, null);
		return filled as ICredentialDataDecryptedObject;
	}

	getCredentialsProperties(typeName: string): INodeProperties[] {
		const type = this.typeOf(typeName);
		if (!type.extends) return type.properties;
		const combined: INodeProperties[] = [];
		for (const parent of type.extends) {
			NodeHelpers.mergeNodeProperties(combined, this.getCredentialsProperties(parent));
		}
		NodeHelpers.mergeNodeProperties(combined, type.properties);
		return combined;
	}

	getParentTypes(typeName: string): string[] {
		const parents = this.types.find(({ name }) => name === typeName)?.extends ?? [];
		return [...parents, ...parents.flatMap((parent) => this.getParentTypes(parent))];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async preAuthentication(): Promise<undefined> {}

	async runPreAuthentication(): Promise<undefined> {}

	async getCredentials(): Promise<ICredentials> {
		return await needsServer();
	}

	async updateCredentials(): Promise<void> {
		await needsServer();
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		await needsServer();
	}

	private typeOf(typeName: string): ICredentialType {
		const type = this.types.find(({ name }) => name === typeName);
		if (!type) throw new UnexpectedError(`Unknown credential type "${typeName}"`);
		return type;
	}
}
