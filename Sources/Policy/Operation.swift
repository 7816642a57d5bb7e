/// What a request asks the engine or the agent to do. Its raw value is the name by which rules, records and metrics call it.
package enum Operation: String, Sendable, CaseIterable {
    case systemPing = "system.ping"
    case systemVersion = "system.version"
    case systemInfo = "system.info"
    case systemDiskUsage = "system.df"
    case systemEvents = "system.events"
    case systemAuth = "system.auth"

    case containersList = "containers.list"
    case containersInspect = "containers.inspect"
    case containersLogs = "containers.logs"
    case containersStats = "containers.stats"
    case containersTop = "containers.top"
    case containersChanges = "containers.changes"
    case containersExport = "containers.export"
    case containersAttach = "containers.attach"
    case containersArchiveRead = "containers.archive.read"
    case containersArchiveWrite = "containers.archive.write"
    case containersCreate = "containers.create"
    case containersStart = "containers.start"
    case containersStop = "containers.stop"
    case containersRestart = "containers.restart"
    case containersKill = "containers.kill"
    case containersPause = "containers.pause"
    case containersUnpause = "containers.unpause"
    case containersRename = "containers.rename"
    case containersUpdate = "containers.update"
    case containersResize = "containers.resize"
    case containersWait = "containers.wait"
    case containersRemove = "containers.remove"
    case containersPrune = "containers.prune"

    case execCreate = "exec.create"
    case execStart = "exec.start"
    case execInspect = "exec.inspect"
    case execResize = "exec.resize"

    case imagesList = "images.list"
    case imagesInspect = "images.inspect"
    case imagesHistory = "images.history"
    case imagesPull = "images.pull"
    case imagesImport = "images.import"
    case imagesLoad = "images.load"
    case imagesSave = "images.save"
    case imagesSearch = "images.search"
    case imagesTag = "images.tag"
    case imagesPush = "images.push"
    case imagesRemove = "images.remove"
    case imagesPrune = "images.prune"
    case imagesBuild = "images.build"
    case imagesCommit = "images.commit"
    case imagesDistribution = "images.distribution"

    case networksList = "networks.list"
    case networksInspect = "networks.inspect"
    case networksCreate = "networks.create"
    case networksConnect = "networks.connect"
    case networksDisconnect = "networks.disconnect"
    case networksRemove = "networks.remove"
    case networksPrune = "networks.prune"

    case volumesList = "volumes.list"
    case volumesInspect = "volumes.inspect"
    case volumesCreate = "volumes.create"
    case volumesUpdate = "volumes.update"
    case volumesRemove = "volumes.remove"
    case volumesPrune = "volumes.prune"

    case buildSession = "build.session"
    case buildGRPC = "build.grpc"
    case buildCachePrune = "build.cache.prune"

    /// Of swarm, nodes, services, tasks, secrets and configs.
    case swarmRead = "swarm.read"
    case swarmWrite = "swarm.write"

    case pluginsRead = "plugins.read"
    case pluginsWrite = "plugins.write"

    case agentCompose = "agent.compose"
    case agentForward = "agent.forward"
    case agentFindings = "agent.findings"
    case agentMetrics = "agent.metrics"
    case agentMCP = "agent.mcp"

    /// A request that no table knows.
    case unknown
}

extension Operation {
    /// The part of a name in front of its first dot. A rule names all operations of one as `containers.*`.
    package enum Group: String, Sendable, CaseIterable {
        case system, containers, exec, images, networks, volumes, build, swarm, plugins, agent
    }

    /// `nil` for `unknown`.
    package var group: Group? {
        Group(rawValue: String(self.rawValue.prefix { $0 != "." }))
    }

    /// Whether an operation changes anything.
    package enum Effect: Sendable {
        /// Leaves containers, images, networks, volumes and the engine as they are.
        case reads
        /// May change any of them, or runs something.
        case changes
    }

    package var effect: Effect {
        switch self {
        case .systemPing, .systemVersion, .systemInfo, .systemDiskUsage, .systemEvents, .systemAuth,
            .containersList, .containersInspect, .containersLogs, .containersStats, .containersTop, .containersChanges,
            .containersExport, .containersArchiveRead, .containersWait,
            .execInspect,
            .imagesList, .imagesInspect, .imagesHistory, .imagesSave, .imagesSearch, .imagesDistribution,
            .networksList, .networksInspect, .volumesList, .volumesInspect, .swarmRead, .pluginsRead,
            .agentFindings, .agentMetrics:
            .reads
        case .containersAttach, .containersArchiveWrite, .containersCreate, .containersStart, .containersStop,
            .containersRestart, .containersKill, .containersPause, .containersUnpause, .containersRename,
            .containersUpdate, .containersResize, .containersRemove, .containersPrune,
            .execCreate, .execStart, .execResize,
            .imagesPull, .imagesImport, .imagesLoad, .imagesTag, .imagesPush, .imagesRemove, .imagesPrune,
            .imagesBuild, .imagesCommit,
            .networksCreate, .networksConnect, .networksDisconnect, .networksRemove, .networksPrune,
            .volumesCreate, .volumesUpdate, .volumesRemove, .volumesPrune,
            .buildSession, .buildGRPC, .buildCachePrune, .swarmWrite, .pluginsWrite,
            .agentCompose, .agentForward, .agentMCP, .unknown:
            .changes
        }
    }
}
