package import DockerBridge

/// What a Drydock asks of its adapter, besides Docker requests.
package enum AdapterRequest: Equatable, Sendable {
    /// `dd:container_log_request {containerId, requestId?, tail?, since?, until?, follow?, timestamps?, stream?}`
    case log(LogRequest)
    /// `dd:container_log_cancel {requestId, containerId}`; an empty container id stands for any.
    case cancelLog(requestID: String, containerID: String)
    /// `dd:container_delete_request {containerId, requestId?}`
    case delete(AdapterTarget)
}

/// Whom a request is about, and how its answers are told apart: both are echoed as they came.
package struct AdapterTarget: Equatable, Sendable {
    package var requestID: String?
    /// As it was asked for; not checked.
    package var containerID: String

    package init(requestID: String?, containerID: String) {
        self.requestID = requestID
        self.containerID = containerID
    }
}

package struct LogRequest: Equatable, Sendable {
    package var target: AdapterTarget
    package var query: LogQuery
    /// Whether the log comes in pieces while it grows, rather than in one answer.
    package var isLive: Bool
    /// What is wrong with the request, for its sender.
    package var problem: String?

    package init(target: AdapterTarget, query: LogQuery, isLive: Bool) {
        self.target = target
        self.query = query
        self.isLive = isLive
    }
}
