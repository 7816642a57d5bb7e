import Base
import DockerBridge
import Drydock

extension FrameDecoder {
    static func logRequest(_ data: Members) throws(JSONError) -> InboundFrame {
        var query = LogQuery()
        if let tail = try data.integer("tail"), tail > 0 { query.tail = tail }
        query.since = try data.scalarText("since")
        query.until = try data.scalarText("until")
        query.timestamps = try data.bool("timestamps") ?? false
        let isLive = try data.bool("stream") ?? false
        // The viewer that asks for a live log may leave it out.
        query.follow = try data.bool("follow") ?? isLive
        var request = LogRequest(target: try self.target(data), query: query, isLive: isLive)
        for (name, time) in [("since", query.since), ("until", query.until)] {
            if let time, !LogQuery.isTime(time) {
                request.problem = "\(name) is '\(FrameLimits.cut(time))'; it must be Unix seconds, as in 1767225600"
            }
        }
        return .adapter(.log(request))
    }

    static func logCancel(_ data: Members) throws(JSONError) -> InboundFrame {
        guard let id = try data.text("requestId") else {
            return .malformed(Malformed(reason: "dd:container_log_cancel without a requestId"))
        }
        return .adapter(.cancelLog(requestID: id, containerID: try data.text("containerId") ?? ""))
    }

    static func deleteRequest(_ data: Members) throws(JSONError) -> InboundFrame {
        .adapter(.delete(try self.target(data)))
    }

    private static func target(_ data: Members) throws(JSONError) -> AdapterTarget {
        AdapterTarget(requestID: try data.text("requestId"), containerID: try data.text("containerId") ?? "")
    }
}
