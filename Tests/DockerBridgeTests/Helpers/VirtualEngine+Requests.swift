import DockerBridge
import NIOEmbedded
import Support

extension VirtualEngine {
    /// One request as one of the doors sends it; its sink.
    func open(_ target: String, method: String = "GET", proxied: Bool) -> RecordingSink {
        let sink = RecordingSink(eventLoop: self.eventLoop)
        let request = BridgeRequest(method: method, target: target, asker: .agent)
        _ = proxied ? self.dispatcher.proxy(request, sink: sink) : self.dispatcher.dispatch(request, to: sink)
        self.eventLoop.run()
        return sink
    }
}
