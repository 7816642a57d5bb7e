import DockerBridge
import Drydock
import NIOCore

/// Messages of the controller's vocabulary as frames.
enum DrydockFrames {
    /// The most a frame may hold: the controller ends the session at 16 MiB.
    static let limit = PlainResponse.maximumFrameBytes

    static func frame(_ message: AdapterMessage, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: message.usualBytes, allocator: allocator) { message.write(into: &$0) }
    }

    /// The beginning of an answer with a whole log, up to its text.
    ///
    /// - Parameter capacity: bytes expected of the whole frame.
    static func logAnswerStart(_ target: AdapterTarget, capacity: Int, allocator: ByteBufferAllocator) -> FrameBuilder {
        FrameBuilder(capacity: capacity, allocator: allocator) {
            AdapterMessage.writeLogAnswerStart(target, into: &$0)
        }
    }

    static func frame(
        _ message: StateMessage,
        as object: ContainerObject,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        FrameBuilder(capacity: message.usualBytes, allocator: allocator) { message.write(as: object, into: &$0) }
    }

    /// As many containers as fit, which are taken from `records`.
    static func sync(
        _ records: inout ArraySlice<ContainerRecord>,
        as object: ContainerObject,
        limit: Int,
        allocator: ByteBufferAllocator
    ) -> FrameBuilder {
        FrameBuilder(capacity: min(256 + records.count * 2048, limit), allocator: allocator) {
            StateMessage.writeSync(&records, as: object, limit: limit, into: &$0)
        }
    }
}
