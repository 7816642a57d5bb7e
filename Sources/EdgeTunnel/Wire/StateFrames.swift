import Base
import DockerBridge
import Drydock
import NIOCore

/// Frames that tell the controller what is on this host.
enum StateFrames {
    /// The most a frame may hold: the controller ends the session at 16 MiB.
    static let limit = PlainResponse.maximumFrameBytes

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
