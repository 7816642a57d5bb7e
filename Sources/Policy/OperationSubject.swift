extension Operation {
    /// What a request of this operation is about, and so which conditions of a rule can hold for it.
    package enum Subject: Sendable {
        /// Neither a container nor an image: lists, networks, volumes, the engine itself.
        case nothing
        /// One container that the request names, or creates; its image is the container's.
        case container
        /// One image that the request names, or several.
        case image
        /// Images that the request does not name.
        case anyImage
        /// Containers and images that the request does not name.
        case anything
    }

    package var subject: Subject {
        switch self {
        case .containersInspect, .containersLogs, .containersStats, .containersTop, .containersChanges,
            .containersExport, .containersAttach, .containersArchiveRead, .containersArchiveWrite, .containersCreate,
            .containersStart, .containersStop, .containersRestart, .containersKill, .containersPause,
            .containersUnpause, .containersRename, .containersUpdate, .containersResize, .containersWait,
            .containersRemove,
            .execCreate, .execStart, .execInspect, .execResize,
            .imagesCommit, .networksConnect, .networksDisconnect, .agentForward:
            .container
        case .imagesInspect, .imagesHistory, .imagesPull, .imagesImport, .imagesSave, .imagesTag, .imagesPush,
            .imagesRemove, .imagesDistribution:
            .image
        case .imagesLoad, .imagesPrune, .imagesBuild, .buildSession, .buildGRPC, .pluginsWrite:
            .anyImage
        case .containersPrune, .swarmWrite, .agentCompose, .agentMCP, .unknown:
            .anything
        case .systemPing, .systemVersion, .systemInfo, .systemDiskUsage, .systemEvents, .systemAuth,
            .containersList, .imagesList, .imagesSearch,
            .networksList, .networksInspect, .networksCreate, .networksRemove, .networksPrune,
            .volumesList, .volumesInspect, .volumesCreate, .volumesUpdate, .volumesRemove, .volumesPrune,
            .buildCachePrune, .swarmRead, .pluginsRead, .agentFindings, .agentMetrics:
            .nothing
        }
    }

    /// Whether the request is about the process of one exec session.
    package var isAboutExec: Bool { self.group == .exec }
}
