using RobustPruning.Graphs;
using RobustPruning.Perturbations;

namespace RobustPruning.Certification;

/// <summary>What the searches of all images share.</summary>
/// <param name="Network">A frozen copy of the network whose output is what the property looks at.</param>
/// <param name="Output">The node that is the output of the network itself.</param>
/// <param name="Set">What may change.</param>
/// <param name="Property">What is to hold.</param>
/// <param name="Options">How to work.</param>
internal sealed record SearchContext(Graph Network, GraphNode Output, SemanticSet Set, OutputProperty Property, CertifierOptions Options);
