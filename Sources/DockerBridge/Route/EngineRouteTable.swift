import Policy

/// Every path of the engine's API from 1.24 to 1.53, and of Podman's own interface what has a twin there.
///
/// The first entry that matches counts, as in the engines. Answers that take long to begin say so, because everything else
/// is a failure of the engine after `REQUEST_TIMEOUT`.
enum EngineRouteTable {
    static func find(_ method: EngineMethod, _ path: EnginePath) -> EngineRouteEntry? {
        // By position: the algorithms of `Collection` ask for memory on their way where they are not specialised.
        var index = 0
        while index < Self.entries.count {
            let entry = Self.entries[index]
            if entry.method == method, entry.matches(path) { return entry }
            index += 1
        }
        return nil
    }

    static let entries: [EngineRouteEntry] = [
        Self.containers, Self.exec, Self.images, Self.networks, Self.volumes, Self.system, Self.swarm, Self.plugins,
    ].flatMap(\.self)

    private static let containers: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/containers/json", .containersList),
        EngineRouteEntry(.get, "/containers/*/json", .containersInspect),
        EngineRouteEntry(.get, "/containers/*/exists", .containersInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.get, "/containers/*/logs", .containersLogs, .streamed, .endless),
        EngineRouteEntry(.get, "/containers/stats", .containersStats, .streamed, .endless, .libpod),
        EngineRouteEntry(.get, "/containers/*/stats", .containersStats, .streamed, .endless),
        EngineRouteEntry(.get, "/containers/*/top", .containersTop),
        EngineRouteEntry(.get, "/containers/*/changes", .containersChanges),
        EngineRouteEntry(.get, "/containers/*/export", .containersExport, .streamed, .work),
        EngineRouteEntry(.get, "/containers/*/attach/ws", .containersAttach, .hijack),
        EngineRouteEntry(.get, "/containers/*/archive", .containersArchiveRead, .streamed, .work),
        EngineRouteEntry(.put, "/containers/*/archive", .containersArchiveWrite, .whole, .work),
        EngineRouteEntry(.post, "/containers/create", .containersCreate, settings: .create),
        EngineRouteEntry(.post, "/pods/create", .containersCreate, .whole, .prompt, .libpod, settings: .podmanOther),
        EngineRouteEntry(.post, "/play/kube", .containersCreate, .whole, .work, .libpod, settings: .podmanOther),
        EngineRouteEntry(.post, "/kube/play", .containersCreate, .whole, .work, .libpod, settings: .podmanOther),
        EngineRouteEntry(.post, "/quadlets", .containersCreate, .whole, .work, .libpod, settings: .podmanOther),
        EngineRouteEntry(.post, "/containers/prune", .containersPrune, .whole, .work),
        EngineRouteEntry(.post, "/containers/*/start", .containersStart, settings: .start),
        EngineRouteEntry(.post, "/containers/*/stop", .containersStop, .whole, .stop(seconds: nil)),
        EngineRouteEntry(.post, "/containers/*/restart", .containersRestart, .whole, .stop(seconds: nil)),
        EngineRouteEntry(.post, "/containers/*/kill", .containersKill, .whole, .stop(seconds: Patience.usualStop)),
        EngineRouteEntry(.post, "/containers/*/pause", .containersPause),
        EngineRouteEntry(.post, "/containers/*/unpause", .containersUnpause),
        EngineRouteEntry(.post, "/containers/*/rename", .containersRename),
        EngineRouteEntry(.post, "/containers/*/update", .containersUpdate, .whole, .work, settings: .update),
        // It makes a container where the name is an image's, or where an archive comes with it.
        EngineRouteEntry(
            .post,
            "/containers/*/restore",
            .containersCreate,
            .whole,
            .work,
            .libpod,
            settings: .podmanRestore
        ),
        EngineRouteEntry(.post, "/containers/*/resize", .containersResize),
        EngineRouteEntry(.post, "/containers/*/wait", .containersWait, .whole, .exit),
        EngineRouteEntry(.post, "/containers/*/attach", .containersAttach, .hijack),
        EngineRouteEntry(.post, "/containers/*/exec", .execCreate, settings: .exec),
        // Known to engines with experimental features only; to others, it is a container with slashes in its name.
        EngineRouteEntry(.delete, "/containers/*/checkpoints/:", .unknown, .whole, .work),
        EngineRouteEntry(.delete, "/containers/*", .containersRemove, .whole, .work),
    ]

    private static let exec: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/exec/*/json", .execInspect),
        EngineRouteEntry(.post, "/exec/*/start", .execStart, .hijack),
        EngineRouteEntry(.post, "/exec/*/resize", .execResize),
    ]

    private static let images: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/images/json", .imagesList),
        EngineRouteEntry(.get, "/images/search", .imagesSearch),
        EngineRouteEntry(.get, "/images/get", .imagesSave, .streamed, .work, .docker),
        EngineRouteEntry(.get, "/images/export", .imagesSave, .streamed, .work, .libpod),
        EngineRouteEntry(.get, "/images/*/get", .imagesSave, .streamed, .work),
        EngineRouteEntry(.get, "/images/*/history", .imagesHistory),
        EngineRouteEntry(.get, "/images/*/json", .imagesInspect),
        EngineRouteEntry(.get, "/images/*/exists", .imagesInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.post, "/images/load", .imagesLoad, .streamed, .work),
        EngineRouteEntry(.post, "/images/create", .imagesPull, .streamed, .work, .docker),
        EngineRouteEntry(.post, "/images/pull", .imagesPull, .streamed, .work, .libpod),
        EngineRouteEntry(.post, "/images/import", .imagesImport, .whole, .work, .libpod),
        EngineRouteEntry(.post, "/images/prune", .imagesPrune, .whole, .work),
        // Podman pulls a manifest's images into it, and pushes them behind `/registry/` and a path with slashes.
        EngineRouteEntry(.post, "/manifests/*", .unknown, .whole, .work, .libpod),
        EngineRouteEntry(.post, "/images/*/push", .imagesPush, .streamed, .work),
        EngineRouteEntry(.post, "/images/*/tag", .imagesTag),
        EngineRouteEntry(.post, "/images/*/untag", .imagesTag, .whole, .prompt, .libpod),
        // Several at once, by the query.
        EngineRouteEntry(.delete, "/images/remove", .imagesRemove, .whole, .work, .libpod),
        EngineRouteEntry(.delete, "/images/*", .imagesRemove, .whole, .work),
        EngineRouteEntry(.get, "/distribution/*/json", .imagesDistribution),
        EngineRouteEntry(.post, "/commit", .imagesCommit, .whole, .work),
        EngineRouteEntry(.post, "/build", .imagesBuild, .streamed, .work),
        EngineRouteEntry(.post, "/build/cancel", .imagesBuild),
        EngineRouteEntry(.post, "/build/prune", .buildCachePrune, .whole, .work),
        EngineRouteEntry(.post, "/session", .buildSession, .hijack),
        EngineRouteEntry(.post, "/grpc", .buildGRPC, .hijack),
    ]

    private static let networks: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/networks", .networksList, .whole, .prompt, .docker),
        EngineRouteEntry(.get, "/networks/json", .networksList, .whole, .prompt, .libpod),
        EngineRouteEntry(.get, "/networks/*", .networksInspect, .whole, .prompt, .docker),
        EngineRouteEntry(.get, "/networks/*/json", .networksInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.get, "/networks/*/exists", .networksInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.post, "/networks/create", .networksCreate),
        EngineRouteEntry(.post, "/networks/prune", .networksPrune, .whole, .work),
        EngineRouteEntry(.post, "/networks/*/connect", .networksConnect),
        EngineRouteEntry(.post, "/networks/*/disconnect", .networksDisconnect),
        EngineRouteEntry(.delete, "/networks/*", .networksRemove, .whole, .work),
    ]

    /// Podman's own interface gives out what a volume holds at `/volumes/*/export`, which is no inspection.
    private static let volumes: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/volumes", .volumesList, .whole, .prompt, .docker),
        EngineRouteEntry(.get, "/volumes/json", .volumesList, .whole, .prompt, .libpod),
        EngineRouteEntry(.get, "/volumes/*", .volumesInspect, .whole, .prompt, .docker),
        EngineRouteEntry(.get, "/volumes/*/json", .volumesInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.get, "/volumes/*/exists", .volumesInspect, .whole, .prompt, .libpod),
        EngineRouteEntry(.post, "/volumes/create", .volumesCreate, settings: .volume),
        EngineRouteEntry(.post, "/volumes/prune", .volumesPrune, .whole, .work),
        EngineRouteEntry(.put, "/volumes/*", .volumesUpdate, .whole, .work),
        EngineRouteEntry(.delete, "/volumes/*", .volumesRemove, .whole, .work),
    ]

    private static let system: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/_ping", .systemPing),
        EngineRouteEntry(.get, "/version", .systemVersion),
        EngineRouteEntry(.get, "/info", .systemInfo),
        EngineRouteEntry(.get, "/system/df", .systemDiskUsage, .whole, .work),
        EngineRouteEntry(.get, "/events", .systemEvents, .streamed, .endless),
        EngineRouteEntry(.post, "/auth", .systemAuth),
    ]

    private static let swarm: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/swarm", .swarmRead),
        EngineRouteEntry(.get, "/swarm/unlockkey", .swarmRead),
        EngineRouteEntry(.post, "/swarm/init", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/swarm/join", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/swarm/leave", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/swarm/update", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/swarm/unlock", .swarmWrite, .whole, .work),
        EngineRouteEntry(.get, "/nodes", .swarmRead),
        EngineRouteEntry(.get, "/nodes/*", .swarmRead),
        EngineRouteEntry(.post, "/nodes/*/update", .swarmWrite, .whole, .work),
        EngineRouteEntry(.delete, "/nodes/*", .swarmWrite, .whole, .work),
        EngineRouteEntry(.get, "/services", .swarmRead),
        EngineRouteEntry(.get, "/services/*/logs", .swarmRead, .streamed, .endless),
        EngineRouteEntry(.get, "/services/*", .swarmRead),
        EngineRouteEntry(.post, "/services/create", .swarmWrite, .whole, .work, settings: .service),
        EngineRouteEntry(.post, "/services/*/update", .swarmWrite, .whole, .work, settings: .service),
        EngineRouteEntry(.delete, "/services/*", .swarmWrite, .whole, .work),
        EngineRouteEntry(.get, "/tasks", .swarmRead),
        EngineRouteEntry(.get, "/tasks/*/logs", .swarmRead, .streamed, .endless),
        EngineRouteEntry(.get, "/tasks/*", .swarmRead),
        EngineRouteEntry(.get, "/secrets", .swarmRead),
        EngineRouteEntry(.get, "/secrets/*", .swarmRead),
        EngineRouteEntry(.post, "/secrets/create", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/secrets/*/update", .swarmWrite, .whole, .work),
        EngineRouteEntry(.delete, "/secrets/*", .swarmWrite, .whole, .work),
        EngineRouteEntry(.get, "/configs", .swarmRead),
        EngineRouteEntry(.get, "/configs/*", .swarmRead),
        EngineRouteEntry(.post, "/configs/create", .swarmWrite, .whole, .work),
        EngineRouteEntry(.post, "/configs/*/update", .swarmWrite, .whole, .work),
        EngineRouteEntry(.delete, "/configs/*", .swarmWrite, .whole, .work),
    ]

    private static let plugins: [EngineRouteEntry] = [
        EngineRouteEntry(.get, "/plugins", .pluginsRead),
        EngineRouteEntry(.get, "/plugins/privileges", .pluginsRead, .whole, .work),
        EngineRouteEntry(.get, "/plugins/*/json", .pluginsRead),
        EngineRouteEntry(.post, "/plugins/pull", .pluginsWrite, .streamed, .work),
        EngineRouteEntry(.post, "/plugins/create", .pluginsWrite, .whole, .work),
        EngineRouteEntry(.post, "/plugins/*/enable", .pluginsWrite, .whole, .work),
        EngineRouteEntry(.post, "/plugins/*/disable", .pluginsWrite, .whole, .work),
        EngineRouteEntry(.post, "/plugins/*/push", .pluginsWrite, .streamed, .work),
        EngineRouteEntry(.post, "/plugins/*/upgrade", .pluginsWrite, .streamed, .work),
        EngineRouteEntry(.post, "/plugins/*/set", .pluginsWrite, .whole, .work),
        EngineRouteEntry(.delete, "/plugins/*", .pluginsWrite, .whole, .work),
    ]
}
